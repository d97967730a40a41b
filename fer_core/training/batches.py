"""Batches whose order depends on nothing but the seed and the epoch."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.data.fer2013 import Faces
from fer_core.training.targets import Targets, one_hot

_WORKERS = 2
"""Threads that cut batches; they come in their order all the same."""


def epoch_batches(faces: Faces, targets: Targets, batch_size: int, seed: int, epoch: int) -> Any:
    """One epoch of shuffled batches, the last one smaller where it does not divide. The same
    (seed, epoch) gives the same order in any process.

    Returns:
        keras.utils.PyDataset of ({"faces": uint8 (b, 48, 48, 1), "targets": float32
        (b, 7)}, int8 (b,)).
    """
    order = np.random.default_rng([seed, epoch]).permutation(len(faces))
    return _batches(faces, targets, batch_size, order)


def ordered_batches(faces: Faces, batch_size: int) -> Any:
    """All faces in their own order, with their labels as targets, in the same form."""
    return _batches(faces, one_hot(faces.labels), batch_size, np.arange(len(faces)))


def _batches(faces: Faces, targets: Targets, batch_size: int, order: NDArray[np.int64]) -> Any:
    import keras

    class Batches(keras.utils.PyDataset):  # type: ignore[misc]
        def __init__(self) -> None:
            # With threads of its own Keras turns tf.data's tuning off. Its thread sleeps up to
            # 60 s at a time, and the end of an epoch waits for it (measured: every third epoch).
            super().__init__(workers=_WORKERS)

        def __len__(self) -> int:
            return -(-len(order) // batch_size)

        def __getitem__(self, index: int) -> tuple[dict[str, NDArray[Any]], NDArray[np.int8]]:
            rows = order[index * batch_size : (index + 1) * batch_size]
            return {"faces": faces.images[rows], "targets": targets[rows]}, faces.labels[rows]

    return Batches()
