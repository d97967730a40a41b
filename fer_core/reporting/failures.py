"""The mistakes that a run is most sure of, one a class."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.data.fer2013 import Dataset
from fer_core.runs.records import Predictions


@dataclass(frozen=True)
class Mistake:
    """A wrong answer.

    Attributes:
        path: of the image, as `test/happy/im0.png`.
        true: its class.
        predicted: the answer.
        confidence: of the answer, 0-1.
    """

    path: str
    true: str
    predicted: str
    confidence: float


def surest_mistakes(predictions: Predictions) -> list[Mistake]:
    """For each class the wrong answer given with the highest confidence, in class order.

    A class without a wrong answer has none.
    """
    confidence = predictions.y_score.max(axis=1)
    found = []
    for label in range(NUM_CLASSES):
        wrong = np.flatnonzero((predictions.y_true == label) & (predictions.y_pred != label))
        if not len(wrong):
            continue
        row = wrong[np.argmax(confidence[wrong])]
        found.append(
            Mistake(
                path=str(predictions.path[row]),
                true=CLASS_NAMES[label],
                predicted=CLASS_NAMES[predictions.y_pred[row]],
                confidence=float(confidence[row]),
            )
        )
    return found


def pictures(dataset: Dataset, mistakes: list[Mistake]) -> NDArray[np.uint8] | None:
    """The images of these mistakes.

    Args:
        dataset: where the run's test images are.
        mistakes: at least one.

    Returns:
        uint8 (n, 48, 48, 1) in their order; None where the data set lacks one of them.
    """
    place = {path: row for row, path in enumerate(dataset.test.paths.tolist())}
    rows = [place.get(mistake.path, -1) for mistake in mistakes]
    if min(rows) < 0:
        return None
    found: NDArray[np.uint8] = np.asarray(dataset.test.images[rows])
    return found
