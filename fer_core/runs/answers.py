"""What a run said to one image."""

from dataclasses import dataclass

import numpy as np

from fer_core.classes import CLASS_NAMES
from fer_core.runs.records import Predictions


@dataclass(frozen=True)
class Answer:
    """A run's answer to one image: the most probable class, its probability (`confidence`) and
    that of the given label (`p_label`), 0-1, and whether both are the same class.
    """

    predicted: str
    confidence: float
    p_label: float
    is_right: bool


def answer_to(predictions: Predictions, path: str) -> Answer | None:
    """The answer to the image at `path`; None where it was neither validated nor tested on."""
    rows = np.flatnonzero(predictions.path == path)
    if not len(rows):
        return None
    scores, label = predictions.y_score[rows[0]], int(predictions.y_true[rows[0]])
    best = int(scores.argmax())
    return Answer(CLASS_NAMES[best], float(scores[best]), float(scores[label]), best == label)
