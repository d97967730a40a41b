"""Identical images never stand on both sides of the grouped split."""

import numpy as np
import pytest

from fer_core.config import Validation
from fer_core.data.fer2013 import Faces, is_validation
from fer_core.data.measures import copy_groups
from fer_core.data.split import held_out


@pytest.fixture
def faces() -> Faces:
    """700 images, the last of each pair of classes a copy of an earlier one."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (700, 48, 48, 1), dtype=np.uint8)
    copies = rng.choice(700, (60, 2), replace=False)
    images[copies[:, 0]] = images[copies[:, 1]]
    labels = np.repeat(np.arange(7), 100).astype(np.int8)
    return Faces(images, labels, np.array([f"train/x/im{i}.png" for i in range(700)]))


def test_no_image_has_a_copy_on_the_other_side(faces):
    held = held_out(faces, Validation.GROUPED)
    group = copy_groups(faces.images)

    assert not set(group[held]) & set(group[~held])


def test_a_tenth_of_each_class_is_held_out(faces):
    held = held_out(faces, Validation.GROUPED)

    counts = np.bincount(faces.labels[held], minlength=7)
    assert ((counts >= 5) & (counts <= 15)).all()
    assert 55 <= held.sum() <= 70


def test_the_same_images_are_held_out_every_time(faces):
    one, other = (held_out(faces, Validation.GROUPED) for _ in range(2))

    assert (one == other).all()


def test_the_reports_rule_is_the_reports(faces):
    assert (held_out(faces, Validation.REPORT) == is_validation(faces)).all()
