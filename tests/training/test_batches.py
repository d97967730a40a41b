"""The order of images depends on seed and epoch alone."""

import numpy as np
import pytest

from fer_core.data.fer2013 import Faces
from fer_core.training.batches import epoch_batches

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorFlow's own imports


def _faces(n: int) -> Faces:
    labels = np.arange(n, dtype=np.int8)
    return Faces(np.zeros((n, 48, 48, 1), np.uint8), labels, labels.astype(str))


def _order(seed: int, epoch: int) -> list[int]:
    faces = _faces(100)
    targets = np.zeros((100, 7), np.float32)
    batches = epoch_batches(faces, targets, batch_size=32, seed=seed, epoch=epoch)
    return np.concatenate([batches[i][1] for i in range(len(batches))]).tolist()


def test_every_image_comes_once_an_epoch():
    assert sorted(_order(seed=0, epoch=0)) == list(range(100))


def test_same_seed_and_epoch_give_the_same_order():
    assert _order(3, 5) == _order(3, 5)


def test_another_epoch_gives_another_order():
    assert _order(3, 5) != _order(3, 6)
