"""What is worked out of the pixels once, when a data set is decoded: grays and copies."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_AT_ONCE = 4096


@dataclass(frozen=True, eq=False)
class Measures:
    """Of n images, those of the training folder first.

    Attributes:
        brightness: float64 (n,), mean gray, 0-255.
        contrast: float64 (n,), standard deviation of the grays.
        group: int (n,), equal for identical images.
    """

    brightness: NDArray[np.float64]
    contrast: NDArray[np.float64]
    group: NDArray[np.intp]


def measure(splits: Sequence[NDArray[np.uint8]]) -> Measures:
    """Measures the images, uint8 (n, 48, 48, 1), of each split."""
    brightness, contrast = zip(*map(gray_levels, splits), strict=True)
    group = copy_groups(image for images in splits for image in images)
    return Measures(np.concatenate(brightness), np.concatenate(contrast), group)


def gray_levels(images: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of the grays of each image (n, 48, 48, 1), 0-255."""
    means, deviations = [np.empty(0)], [np.empty(0)]
    for start in range(0, len(images), _AT_ONCE):  # so that memory stays small
        part = images[start : start + _AT_ONCE]
        part = part.reshape(len(part), -1)
        sums = part.sum(axis=1, dtype=np.float64) / part.shape[1]
        squares = (part.astype(np.float32) ** 2).sum(axis=1, dtype=np.float64) / part.shape[1]
        means.append(sums)
        deviations.append(np.sqrt(np.maximum(squares - sums**2, 0)))
    return np.concatenate(means), np.concatenate(deviations)


def copy_groups(images: Iterable[NDArray[np.uint8]]) -> NDArray[np.intp]:
    """Number, from 0, of the group of identical images that each of `images` belongs to."""
    numbers: dict[bytes, int] = {}
    return np.array(
        [numbers.setdefault(image.tobytes(), len(numbers)) for image in images], dtype=np.intp
    )
