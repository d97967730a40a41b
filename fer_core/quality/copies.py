"""Byte-identical images: how many there are, across the split and with other labels."""

import json
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from fer_core.data.fer2013 import Dataset, is_validation
from fer_core.data.split import copy_groups
from fer_core.reference.images import Copies


def count_copies(dataset: Dataset) -> Copies:
    """Compares every image with every other, by its bytes."""
    images = np.concatenate([dataset.train.images, dataset.test.images])
    labels = np.concatenate([dataset.train.labels, dataset.test.labels])
    is_test = np.repeat([False, True], [len(dataset.train), len(dataset.test)])
    held_out = np.concatenate([is_validation(dataset.train), np.zeros(len(dataset.test), bool)])
    trained_on = ~is_test & ~held_out

    group = copy_groups(images)
    size = np.bincount(group)
    in_test, in_train = _holds(group, is_test), _holds(group, ~is_test)
    lowest = np.full(len(size), labels.max(), dtype=labels.dtype)
    highest = np.full(len(size), labels.min(), dtype=labels.dtype)
    np.minimum.at(lowest, group, labels)
    np.maximum.at(highest, group, labels)
    return Copies(
        images=len(images),
        groups=int((size > 1).sum()),
        copied_images=int(size[size > 1].sum()),
        leaking_groups=int((in_test & in_train).sum()),
        leaked_test_images=int((is_test & in_train[group]).sum()),
        leaked_validation_images=int((held_out & _holds(group, trained_on)[group]).sum()),
        conflicting_groups=int((lowest != highest).sum()),
    )


def leaked_test_images(dataset: Dataset) -> NDArray[np.str_]:
    """Paths, str (n,), of the test images with a byte-identical copy in the training folder,
    in the order of the test split.
    """
    in_train = {image.tobytes() for image in dataset.train.images}
    leaked = [image.tobytes() in in_train for image in dataset.test.images]
    found: NDArray[np.str_] = dataset.test.paths[np.array(leaked)]
    return found


def to_json(copies: Copies) -> str:
    """The content of `copies.json`."""
    return json.dumps(asdict(copies), indent=1) + "\n"


def _holds(group: NDArray[np.intp], mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For each group, whether it has an image that `mask` marks."""
    return np.bincount(group, weights=mask) > 0
