"""Two runs on the same images: which is better, where they differ, and whether by chance."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.errors import RunError
from fer_core.evaluation.intervals import Interval, percentiles, resample
from fer_core.evaluation.metrics import confusion_matrix, scores_of
from fer_core.runs.records import Predictions

_RESAMPLES = 2000
_CHOOSE = "Choose a run trained on the same data set."


@dataclass(frozen=True)
class Comparison:
    """Run A against run B, image by image.

    Attributes:
        n: images that both runs predicted.
        accuracy_a, accuracy_b: shares of right answers on them, 0-1.
        difference, interval: `accuracy_a - accuracy_b`, and its 95 % bootstrap interval.
        only_a, only_b: images that A alone and that B alone gets right.
        p_value: of McNemar's exact test: how probable a split of those images at least as
            uneven would be if both runs were equally good; 1 where there are none.
        confusion_difference: int (7, 7), A's confusion matrix minus B's; rows are true.
    """

    n: int
    accuracy_a: float
    accuracy_b: float
    difference: float
    interval: Interval
    only_a: int
    only_b: int
    p_value: float
    confusion_difference: NDArray[np.int64]

    @property
    def in_percent(self) -> tuple[float, float, float]:
        """The accuracies in percent with two digits, and the difference of what is so written, in
        points.
        """
        a, b = (round(100 * accuracy, 2) for accuracy in (self.accuracy_a, self.accuracy_b))
        return a, b, a - b


def align(a: Predictions, b: Predictions) -> tuple[Predictions, Predictions]:
    """The rows of both that are about the same images, in the order of `a`.

    Raises:
        RunError: they have no image in common, or disagree about an image's label.
    """
    rows_a, rows_b = _common(a, b)
    one, other = a.rows(rows_a), b.rows(rows_b)
    if (one.y_true != other.y_true).any():
        raise RunError(
            "These two runs were tested with different labels for the same images, so they cannot "
            f"be compared. {_CHOOSE}"
        )
    return one, other


def share_alike(a: Predictions, b: Predictions) -> float:
    """Share of their common images (0-1) that both give the same class.

    Raises:
        RunError: as `align`.
    """
    one, other = align(a, b)
    return float((one.y_pred == other.y_pred).mean())


def compare(
    a: Predictions, b: Predictions, groups: NDArray[np.integer] | None = None, *, seed: int = 0
) -> Comparison:
    """Compares two runs on the images that both predicted.

    The test is McNemar's (1947) in its exact form; it takes every image as independent. The
    resamples of the interval draw the `groups` of identical images of `a` as a whole.

    Raises:
        RunError: as `align`.
    """
    from scipy.special import bdtr

    one, other = align(a, b)
    right_a, right_b = one.y_pred == one.y_true, other.y_pred == other.y_true
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    n = len(one)
    shared = None if groups is None else groups[_common(a, b)[0]]
    draws = resample(2 * right_a + right_b, 4, shared, _RESAMPLES, seed)
    low, high = percentiles((draws[:, 2] - draws[:, 1]) / draws.sum(axis=1))
    either = only_a + only_b
    return Comparison(
        n=n,
        accuracy_a=float(right_a.mean()),
        accuracy_b=float(right_b.mean()),
        difference=float(right_a.mean() - right_b.mean()),
        interval=(float(low), float(high)),
        only_a=only_a,
        only_b=only_b,
        # Two-sided; at one half the binomial is symmetric, so both tails are alike.
        p_value=min(1.0, 2 * float(bdtr(min(only_a, only_b), either, 0.5))),
        confusion_difference=(
            confusion_matrix(one.y_true, one.y_pred) - confusion_matrix(other.y_true, other.y_pred)
        ),
    )


def f1_by_class(a: Predictions, b: Predictions) -> pd.DataFrame:
    """F1 of both runs on the images that both predicted.

    Returns:
        Columns class, a, b (0-1, NaN for a class without an image), points (a minus b, times
        100), images; in class order, then a row `macro avg` over the classes that have images.

    Raises:
        RunError: as `align`.
    """
    one, other = align(a, b)
    table = pd.DataFrame({"class": CLASS_NAMES})
    for name, predictions in (("a", one), ("b", other)):
        table[name] = scores_of(confusion_matrix(predictions.y_true, predictions.y_pred))["f1"]
    table["images"] = np.bincount(one.y_true, minlength=NUM_CLASSES)
    mean = {"class": "macro avg", "images": len(one), **table[["a", "b"]].mean()}
    table = pd.concat([table, pd.DataFrame([mean])], ignore_index=True)
    return table.assign(points=100 * (table["a"] - table["b"]))


def won(a: Predictions, b: Predictions) -> tuple[Predictions, Predictions]:
    """The images that `a` gets right and `b` wrong, most confident answer of `a` first: what each
    says of them, row by row.

    Raises:
        RunError: as `align`.
    """
    one, other = align(a, b)
    rows = np.flatnonzero((one.y_pred == one.y_true) & (other.y_pred != other.y_true))
    rows = rows[np.argsort(-one.y_score[rows].max(axis=1), kind="stable")]
    return one.rows(rows), other.rows(rows)


def _common(a: Predictions, b: Predictions) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows of `a`, in its order, and of `b` that are about the same image."""
    places = pd.Index(b.path).get_indexer(pd.Index(a.path))
    rows = np.flatnonzero(places >= 0)
    if not len(rows):
        raise RunError(
            f"These two runs have no image in common, so they cannot be compared. {_CHOOSE}"
        )
    return rows, places[rows]
