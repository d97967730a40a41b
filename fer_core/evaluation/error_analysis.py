"""Which images a run gets wrong: by cell of the confusion matrix, and the most confident errors."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import CLASS_INDEX, CLASS_NAMES
from fer_core.data.fer2013 import Faces
from fer_core.errors import RunError
from fer_core.evaluation.metrics import Normalization, normalize
from fer_core.runs.records import Predictions


@dataclass(frozen=True)
class Cell:
    """Images of the class `true` that were called `predicted`; written as `happy-sad`."""

    true: str
    predicted: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `happy-sad`.

        Raises:
            RunError: these are not two class names joined by a hyphen.
        """
        true, _, predicted = text.partition("-")
        if true not in CLASS_INDEX or predicted not in CLASS_INDEX:
            raise RunError(
                f"'{text}' is no cell of the confusion matrix. Write the true and the predicted "
                f"class as happy-sad; classes: {', '.join(CLASS_NAMES)}."
            )
        return cls(true, predicted)

    def __str__(self) -> str:
        return f"{self.true}-{self.predicted}"

    @property
    def title(self) -> str:
        """The cell in words, as `happy faces taken for sad`."""
        if self.true == self.predicted:
            return f"{self.true} faces recognized"
        return f"{self.true} faces taken for {self.predicted}"


CELLS = tuple(Cell(true, predicted) for true in CLASS_NAMES for predicted in CLASS_NAMES)
"""Every cell, row by row."""


def largest_errors(confusion: NDArray[np.int64], by: Normalization = "counts") -> list[Cell]:
    """The cells off the diagonal of a confusion matrix (7, 7) that hold the most images, or the
    largest share of their true class or of their prediction: more than one where they tie, none
    where no answer is wrong.
    """
    errors = np.nan_to_num(normalize(confusion, by))
    np.fill_diagonal(errors, 0.0)
    found = np.argwhere((errors == errors.max()) & (errors > 0))
    return [Cell(CLASS_NAMES[row], CLASS_NAMES[column]) for row, column in found]


def images_in(predictions: Predictions, cell: Cell) -> Predictions:
    """The images of a cell, the most confident answer first."""
    is_true = predictions.y_true == CLASS_INDEX[cell.true]
    return most_confident_first(
        predictions.where(is_true & (predictions.y_pred == CLASS_INDEX[cell.predicted]))
    )


def errors_above(predictions: Predictions, threshold: float) -> Predictions:
    """The images with a wrong answer of at least that confidence, the most confident first."""
    wrong = predictions.y_pred != predictions.y_true
    return most_confident_first(
        predictions.where(wrong & (predictions.y_score.max(axis=1) >= threshold))
    )


def most_confident_first(predictions: Predictions) -> Predictions:
    """All images, the most confident answer first; equal ones stay in their order."""
    return predictions.rows(np.argsort(-predictions.y_score.max(axis=1), kind="stable"))


def score_table(predictions: Predictions) -> pd.DataFrame:
    """One row an image, in the order given.

    Returns:
        Columns path, true, predicted, confidence (of the answer, 0-1), and the probability
        of each class under its name.
    """
    names = np.array(CLASS_NAMES)
    table = pd.DataFrame(
        {
            "path": predictions.path,
            "true": names[predictions.y_true],
            "predicted": names[predictions.y_pred],
            "confidence": predictions.y_score.max(axis=1),
        }
    )
    return table.join(pd.DataFrame(predictions.y_score, columns=list(CLASS_NAMES)))


def most_confident_errors(predictions: Predictions) -> list[Any]:
    """For each class the wrong answer given with the highest confidence, in class order: rows of
    `score_table`, by attribute. A class without a wrong answer has none.
    """
    wrong = score_table(predictions.where(predictions.y_pred != predictions.y_true))
    first = wrong.sort_values("confidence", ascending=False, kind="stable").drop_duplicates("true")
    return sorted(first.itertuples(index=False), key=lambda row: CLASS_INDEX[str(row.true)])


def find_images(faces: Faces, wanted: Iterable[str]) -> NDArray[np.uint8]:
    """The images with the paths `wanted` (as `test/happy/im0.png`) of one split of the data set.

    Returns:
        uint8 (n, 48, 48, 1), in the order of `wanted`.

    Raises:
        RunError: the split has no image of that path.
    """
    places = {path: row for row, path in enumerate(faces.paths.tolist())}
    try:
        rows = np.array([places[path] for path in wanted], np.intp)
    except KeyError as exc:
        raise RunError(
            f"The data set on this machine has no image {exc.args[0]}. Download it again "
            "(`python -m fer_core data download`), or evaluate the run on this one."
        ) from exc
    images: NDArray[np.uint8] = faces.images[rows]
    return images
