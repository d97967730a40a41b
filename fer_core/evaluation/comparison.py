"""Two runs on the same images: which is better, where they differ, and whether by chance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import RunError
from fer_core.evaluation.metrics import confusion_matrix
from fer_core.runs.records import Predictions

_RESAMPLES = 2000


@dataclass(frozen=True)
class Comparison:
    """Run A against run B, image by image.

    Attributes:
        n: images that both runs predicted.
        accuracy_a, accuracy_b: shares of right answers on them, 0-1.
        difference: `accuracy_a - accuracy_b`.
        interval: 95 % bootstrap interval of `difference`, over images.
        only_a: images that A alone gets right.
        only_b: images that B alone gets right.
        p_value: of McNemar's exact test: how probable a split of those images at least as
            uneven would be if both runs were equally good; 1 where there are none.
        confusion_difference: int (7, 7), A's confusion matrix minus B's; rows are true.
    """

    n: int
    accuracy_a: float
    accuracy_b: float
    difference: float
    interval: tuple[float, float]
    only_a: int
    only_b: int
    p_value: float
    confusion_difference: NDArray[np.int64]


def align(a: Predictions, b: Predictions) -> tuple[Predictions, Predictions]:
    """The rows of both that are about the same images, in the order of `a`.

    Raises:
        RunError: they have no image in common, or disagree about an image's label.
    """
    place = {path: row for row, path in enumerate(b.path.tolist())}
    rows_a = np.array([row for row, path in enumerate(a.path.tolist()) if path in place], int)
    if not len(rows_a):
        raise RunError("These two runs have no image in common, so they cannot be compared.")
    rows_b = np.array([place[path] for path in a.path[rows_a].tolist()], int)
    one, other = a.rows(rows_a), b.rows(rows_b)
    if (one.y_true != other.y_true).any():
        raise RunError("These two runs were made on data sets with other labels.")
    return one, other


def compare(a: Predictions, b: Predictions, seed: int = 0) -> Comparison:
    """Compares two runs on the images that both predicted.

    The bootstrap (Efron 1979) draws images with replacement, which is one draw of how
    many of them both, one or none of the runs get right. The test is McNemar's (1947) in
    its exact form.

    Args:
        a: predictions of one run, as `run.predictions().subset("test")`.
        b: of another.
        seed: of the resamples.

    Raises:
        RunError: as `align`.
    """
    from scipy.special import bdtr

    one, other = align(a, b)
    right_a, right_b = one.y_pred == one.y_true, other.y_pred == other.y_true
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    n = len(one)
    shares = np.array([only_a, only_b, n - only_a - only_b]) / n
    draws = np.random.default_rng(seed).multinomial(n, shares, _RESAMPLES)
    low, high = np.percentile((draws[:, 0] - draws[:, 1]) / n, [2.5, 97.5])
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


def won(a: Predictions, b: Predictions) -> tuple[Predictions, Predictions]:
    """The images that `a` gets right and `b` wrong, those first of which `a` is surest.

    Returns:
        What each says of them, row by row the same images.

    Raises:
        RunError: as `align`.
    """
    one, other = align(a, b)
    rows = np.flatnonzero(right_in_one_only(one, other))
    rows = rows[np.argsort(-one.y_score[rows].max(axis=1), kind="stable")]
    return one.rows(rows), other.rows(rows)


def right_in_one_only(a: Predictions, b: Predictions) -> NDArray[np.bool_]:
    """Marks the images that `a` gets right and `b` wrong; both aligned, bool (n,)."""
    marked: NDArray[np.bool_] = (a.y_pred == a.y_true) & (b.y_pred != b.y_true)
    return marked
