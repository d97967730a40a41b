"""How far a figure may be off by chance: 95 % intervals."""

import numpy as np
from numpy.typing import NDArray

Interval = tuple[float, float]
CONFIDENCE = 0.95


def wilson_interval(share: float, n: int) -> Interval:
    """95 % interval of a share seen in `n` images (Wilson 1927), for figures known by
    nothing but their accuracy and the size of the test set.
    """
    z = 1.959964
    center = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * ((share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5) / (1 + z * z / n)
    return center - half, center + half


def resample(
    cells: NDArray[np.integer],
    k: int,
    groups: NDArray[np.integer] | None,
    resamples: int,
    seed: int,
) -> NDArray[np.int64]:
    """Counts of images in each cell of a table, in bootstrap resamples (Efron 1979).

    Byte-identical images are no independent evidence, so whole groups are drawn, as many as
    there are, with replacement (cluster bootstrap; Davison & Hinkley 1997, section 3.8).

    Args:
        cells: int (n,), the cell of each image, 0 to `k` - 1.
        k: number of cells.
        groups: int (n,), equal for identical images; None takes each image as its own group.
        resamples: number of draws, the rows of the result (resamples, k).
        seed: of the draws.
    """
    if groups is None:
        groups = np.arange(len(cells))
    numbers, sizes = np.unique(groups, return_inverse=True, return_counts=True)[1:]
    alone = sizes[numbers] == 1
    # Groups with the same counts are alike: drawing their kinds is quicker than drawing them.
    counts = np.zeros((len(sizes), k), np.int64)
    np.add.at(counts, (numbers[~alone], cells[~alone]), 1)
    pairs, frequency = np.unique(counts[sizes > 1], axis=0, return_counts=True)
    kinds = np.concatenate([np.eye(k, dtype=np.int64), pairs])
    frequency = np.concatenate([np.bincount(cells[alone], minlength=k), frequency])
    draws = np.random.default_rng(seed).multinomial(
        len(sizes), frequency / len(sizes), size=resamples
    )
    sums: NDArray[np.int64] = draws @ kinds
    return sums


def percentiles(draws: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends of the 95 % percentile interval over axis 0; NaN where every draw is NaN."""
    tail = 50 * (1 - CONFIDENCE)
    # A rare class may be missing from some draws; those say nothing about its scores.
    empty = np.all(np.isnan(draws), axis=0)
    low, high = np.nanpercentile(np.where(empty, 0.0, draws), [tail, 100 - tail], axis=0)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)
