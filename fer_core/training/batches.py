"""Batches whose order depends on nothing but the seed and the epoch."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.data.fer2013 import Faces


def epoch_batches(faces: Faces, batch_size: int, seed: int, epoch: int) -> Any:
    """One epoch of shuffled batches, the last one smaller where it does not divide.

    Args:
        faces: training images, in memory.
        batch_size: images a step.
        seed: the run's seed.
        epoch: index from 0; the same (seed, epoch) gives the same order in any process.

    Returns:
        keras.utils.PyDataset of (uint8 (b, 48, 48, 1), int8 (b,)).
    """
    order = np.random.default_rng([seed, epoch]).permutation(len(faces))
    return _batches(faces, batch_size, order)


def ordered_batches(faces: Faces, batch_size: int) -> Any:
    """All faces in their own order, in the same form as `epoch_batches`."""
    return _batches(faces, batch_size, np.arange(len(faces)))


def _batches(faces: Faces, batch_size: int, order: NDArray[np.int64]) -> Any:
    import keras

    class Batches(keras.utils.PyDataset):  # type: ignore[misc]
        def __len__(self) -> int:
            return -(-len(order) // batch_size)

        def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.int8]]:
            rows = order[index * batch_size : (index + 1) * batch_size]
            return faces.images[rows], faces.labels[rows]

    return Batches()
