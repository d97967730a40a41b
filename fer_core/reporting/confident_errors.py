"""The most confident wrong answer of a run in each class."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.data.fer2013 import Dataset
from fer_core.runs.records import Predictions


@dataclass(frozen=True)
class ConfidentError:
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


def most_confident_errors(predictions: Predictions) -> list[ConfidentError]:
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
            ConfidentError(
                path=str(predictions.path[row]),
                true=CLASS_NAMES[label],
                predicted=CLASS_NAMES[predictions.y_pred[row]],
                confidence=float(confidence[row]),
            )
        )
    return found


def images_of(dataset: Dataset, errors: list[ConfidentError]) -> NDArray[np.uint8] | None:
    """The images of these errors.

    Args:
        dataset: where the run's test images are.
        errors: at least one.

    Returns:
        uint8 (n, 48, 48, 1) in their order; None where the data set lacks one of them.
    """
    place = {path: row for row, path in enumerate(dataset.test.paths.tolist())}
    rows = [place.get(error.path, -1) for error in errors]
    if min(rows) < 0:
        return None
    found: NDArray[np.uint8] = np.asarray(dataset.test.images[rows])
    return found
