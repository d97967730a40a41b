"""Copies are counted by bytes, across the split and across labels."""

import numpy as np

from fer_core.data.fer2013 import Dataset, Faces
from fer_core.quality.copies import count_copies, leaked_test_images


def _faces(split: str, values: list[int], labels: list[int]) -> Faces:
    images = np.zeros((len(values), 48, 48, 1), np.uint8)
    images[:, 0, 0, 0] = values
    paths = np.array([f"{split}/x/im{i}.png" for i in range(len(values))])
    return Faces(images, np.array(labels, np.int8), paths)


def test_every_kind_of_copy_is_counted():
    # Of each class, a quarter is validation: image 0 of class 0, image 4 of class 1.
    train = _faces("train", [1, 1, 2, 3, 4, 2, 5, 6], [0, 0, 0, 0, 1, 1, 1, 1])
    test = _faces("test", [1, 6, 9], [0, 1, 2])

    copies = count_copies(Dataset(train, test, "", False, ()))

    assert copies.images == 11
    assert (copies.groups, copies.copied_images) == (3, 7)
    assert (copies.leaking_groups, copies.leaked_test_images) == (2, 2)
    assert copies.leaked_validation_images == 1
    assert copies.conflicting_groups == 1


def test_leaked_test_images_are_those_with_a_copy_in_train():
    train = _faces("train", [1, 2], [0, 1])
    test = _faces("test", [3, 2, 1, 1], [0, 1, 2, 3])

    leaked = leaked_test_images(Dataset(train, test, "", False, ()))

    assert leaked.tolist() == ["test/x/im1.png", "test/x/im2.png", "test/x/im3.png"]
