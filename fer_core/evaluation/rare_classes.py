"""Recall bought with precision: answers from which the rarity of their class is taken out.

A network answers `disgusted` seldom, as training images seldom are. Dividing its probabilities by
the share of each class among the images, to the power of a strength, finds more of a rare class
and takes more of the others for it ("logit adjustment", Menon et al. 2021, arXiv:2007.07314).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import CLASS_INDEX, NUM_CLASSES
from fer_core.evaluation.metrics import confusion_matrix, scores_of
from fer_core.runs.records import Predictions

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""0 leaves the answers as they are; 1 makes every class equally frequent."""


@dataclass(frozen=True)
class Adjusted:
    """What dividing by the shares of the classes does to a run.

    Attributes:
        validation: a row for each of `STRENGTHS` with `strength`, `accuracy`, `macro_f1` and, for
            each class asked for, `recall_<class>` and `precision_<class>`, all 0-1.
        chosen: the strength of the best macro F1 on validation images; of equals the least.
        macro_f1: on test images, as they are and with that strength, 0-1.
    """

    validation: pd.DataFrame
    chosen: float
    macro_f1: tuple[float, float]


def adjusted(predictions: Predictions, classes: tuple[str, ...]) -> Adjusted:
    """Measured on the validation images of `predictions`, and once on the test images.

    Args:
        predictions: of validation and test images.
        classes: names of those whose recall and precision are wanted.
    """
    validation, test = predictions.subset("validation"), predictions.subset("test")
    counts = np.bincount(validation.y_true, minlength=NUM_CLASSES)
    shares = np.where(counts == 0, 1.0, counts / len(validation))  # an absent class stays as it is
    table = pd.DataFrame([_scores(validation, shares, s, classes) for s in STRENGTHS])
    chosen = float(table["strength"][table["macro_f1"].idxmax()])
    before, after = (_scores(test, shares, s, ())["macro_f1"] for s in (0.0, chosen))
    return Adjusted(table, chosen, (before, after))


def _scores(
    images: Predictions, shares: NDArray[np.float64], strength: float, classes: tuple[str, ...]
) -> dict[str, Any]:
    answers = (images.y_score / shares**strength).argmax(axis=1)
    scores = scores_of(confusion_matrix(images.y_true, answers))
    row = {
        "strength": strength,
        "accuracy": float((answers == images.y_true).mean()),
        "macro_f1": float(np.nanmean(scores["f1"])),
    }
    for name in classes:
        row |= {f"{of}_{name}": scores[of][CLASS_INDEX[name]] for of in ("recall", "precision")}
    return row
