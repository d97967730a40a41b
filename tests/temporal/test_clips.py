"""Clips made from single images, and what moves in them."""

import numpy as np
import pytest

from fer_core.data.fer2013 import Faces
from fer_core.inference.temporal import FIRST_SECONDS
from fer_core.temporal.clips import MEASURING, TRAINING, make_clip


@pytest.fixture(scope="module")
def faces():
    images = np.random.default_rng(0).integers(0, 256, (14, 48, 48, 1), dtype=np.uint8)
    labels = np.repeat(np.arange(7, dtype=np.int8), 2)
    return Faces(images, labels, np.array([f"train/{i}.png" for i in range(14)]))


def test_a_seed_gives_the_same_clip_and_another_seed_another(faces):
    course, frames = make_clip(faces, TRAINING, (0, 5))

    again, same = make_clip(faces, TRAINING, (0, 5))
    assert np.array_equal(frames, same)
    assert np.array_equal(course.elapsed, again.elapsed)
    assert not np.array_equal(frames, make_clip(faces, TRAINING, (0, 6))[1])


def test_classes_change_and_time_passes_as_on_a_camera(faces):
    course, frames = make_clip(faces, MEASURING, (1, 0))

    assert frames.shape == (180, 48, 48, 1)
    assert frames.dtype == np.uint8
    assert course.elapsed[0] == FIRST_SECONDS
    assert course.elapsed[1:] == pytest.approx(1 / 15)
    assert 2 <= np.count_nonzero(np.diff(course.labels)) <= 12  # of 1 to 5 seconds in twelve
    assert len({frame.tobytes() for frame in frames}) == 180


def test_nothing_is_called_steady_within_a_second_of_a_change(faces):
    course, _ = make_clip(faces, MEASURING, (1, 3))

    changed = course.times[1:][np.diff(course.labels) != 0]
    for moment in changed:
        near = (course.times >= moment) & (course.times < moment + 1)
        assert not course.steady[near].any()
    assert course.steady.any()


def test_each_third_frame_is_the_same_clip_seen_less_often(faces):
    course, _ = make_clip(faces, MEASURING, (1, 3))

    seldom = course.every(3)

    assert np.array_equal(seldom.labels, course.labels[::3])
    assert seldom.times == pytest.approx(course.times[::3], abs=1e-5)
    assert seldom.elapsed[0] == FIRST_SECONDS
