"""How well scores rank the images of a class before all others, one class against the rest.

The figures are those of scikit-learn's `roc_curve`, `roc_auc_score`,
`precision_recall_curve` and `average_precision_score` (a test holds this), computed here so
that the web process need not import it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.runs.records import Predictions


@dataclass(frozen=True)
class Curve:
    """One class against the rest; a point for each distinct score, the highest first.

    Attributes:
        threshold: scores, falling; images scored at least as high count as found.
        found: how many images that are.
        false_positive_rate: share of the other classes' images that are found, 0-1.
        recall: share of the class's images that are found (true positive rate), 0-1.
        precision: share of the found images that are of the class, 0-1.
        auc: area under recall over false-positive rate; 0.5 is chance, NaN where the class
            or the rest has no image.
        average_precision: mean precision weighted by the gain in recall; the class's share
            of the images is chance, NaN where the class has no image.
    """

    threshold: NDArray[np.float64]
    found: NDArray[np.int64]
    false_positive_rate: NDArray[np.float64]
    recall: NDArray[np.float64]
    precision: NDArray[np.float64]
    auc: float
    average_precision: float


def one_against_rest(predictions: Predictions, label: int) -> Curve:
    """Ranks all images, at least one, by their score for the class of index `label`."""
    score = predictions.y_score[:, label].astype(np.float64)
    is_class = predictions.y_true == label
    order = np.argsort(-score, kind="stable")
    score, is_class = score[order], is_class[order]
    last = np.append(score[1:] != score[:-1], True)
    hits = np.cumsum(is_class)[last]
    found = np.flatnonzero(last) + 1
    misses = found - hits
    positives, negatives = int(is_class.sum()), int((~is_class).sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        recall = hits / positives
        false_positive_rate = misses / negatives
    precision = hits / found
    gains = np.diff(recall, prepend=0.0)
    steps = np.diff(false_positive_rate, prepend=0.0)
    before = np.concatenate([[0.0], recall[:-1]])
    return Curve(
        threshold=score[last],
        found=found,
        false_positive_rate=false_positive_rate,
        recall=recall,
        precision=precision,
        auc=float((steps * (recall + before) / 2).sum()),
        average_precision=float((gains * precision).sum()),
    )


def curve_table(curve: Curve) -> pd.DataFrame:
    """The curve's points as columns threshold, false_positive_rate, recall, precision."""
    columns = ("threshold", "false_positive_rate", "recall", "precision")
    return pd.DataFrame({name: getattr(curve, name) for name in columns})


def ranking_table(predictions: Predictions, curves: Sequence[Curve] | None = None) -> pd.DataFrame:
    """Areas of every class, from the `curves` of these predictions where they are there already.

    Returns:
        Columns class, auc, average_precision, support, share (of all images, 0-1), in class
        order; then a row `macro avg` over the classes that have images.
    """
    if curves is None:
        curves = [one_against_rest(predictions, label) for label in range(NUM_CLASSES)]
    table = pd.DataFrame(
        {
            "class": CLASS_NAMES,
            "auc": [curve.auc for curve in curves],
            "average_precision": [curve.average_precision for curve in curves],
            "support": np.bincount(predictions.y_true, minlength=NUM_CLASSES),
        }
    )
    mean = {
        "class": "macro avg",
        "auc": table["auc"].mean(),
        "average_precision": table["average_precision"].mean(),
        "support": len(predictions),
    }
    table = pd.concat([table, pd.DataFrame([mean])], ignore_index=True)
    return table.assign(share=table["support"] / max(len(predictions), 1))


def top_k_accuracy(predictions: Predictions, k: int = 2) -> float:
    """Share of the images whose class is among the `k` most probable, 0-1; NaN without images.

    Ties go against the model: a class counts when fewer than `k` others score as high.
    """
    if not len(predictions):
        return float("nan")
    own = predictions.y_score[np.arange(len(predictions)), predictions.y_true]
    at_least = (predictions.y_score >= own[:, None]).sum(axis=1)
    return float((at_least <= k).mean())
