"""Each corruption does to a face what its words say, and nothing else."""

import numpy as np
import pytest

from fer_core.classes import FACE_SIZE
from fer_core.evaluation.robustness.corruptions import (
    ANGLE,
    CORRUPTIONS,
    FRAMING_ERROR,
    LOW_LIGHT_GAIN,
    MASK_GRAY,
    MASK_MARGIN,
    MASK_TOP,
    NOISE_SIGMA,
    UNTOUCHED,
    examples_of,
)

BY_NAME = {kind.name: kind for kind in CORRUPTIONS}
MIDDLE = (FACE_SIZE - 1) / 2


def faces(n=3):
    images = np.random.default_rng(0).integers(0, 256, (n, FACE_SIZE, FACE_SIZE, 1), np.uint8)
    images.flags.writeable = False  # as the memory-mapped data set
    return images


def gray(level, n=1):
    return np.full((n, FACE_SIZE, FACE_SIZE, 1), level, np.uint8)


def spot(x, y, size=4, level=255):
    """A bright square about (x, y) on black."""
    image = gray(0)
    image[0, y - size // 2 : y + size // 2, x - size // 2 : x + size // 2] = level
    return image


def centroid(image):
    """Centre of mass of a picture, x and y from its middle, in pixels."""
    weight = image[0, :, :, 0].astype(float)
    y, x = np.mgrid[:FACE_SIZE, :FACE_SIZE] - MIDDLE
    return np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()


@pytest.mark.parametrize("kind", CORRUPTIONS, ids=lambda kind: kind.name)
def test_changes_a_copy_in_the_same_way_each_time(kind):
    before = faces()
    kept = before.copy()
    after = kind.apply(before, seed=1)
    assert after.shape == before.shape
    assert after.dtype == np.uint8
    assert (after != before).any(axis=(1, 2, 3)).all()
    np.testing.assert_array_equal(before, kept)
    np.testing.assert_array_equal(after, kind.apply(before, seed=1))


@pytest.mark.parametrize("kind", [UNTOUCHED, *CORRUPTIONS], ids=lambda kind: kind.name)
def test_takes_no_face_and_refuses_what_is_none(kind):
    assert kind.apply(faces(0)).shape == (0, FACE_SIZE, FACE_SIZE, 1)
    with pytest.raises(ValueError, match="must be uint8"):
        kind.apply(faces().astype(np.float32))
    with pytest.raises(ValueError, match="48, 48, 1"):
        kind.apply(np.zeros((1, 100, 100, 1), np.uint8))


def test_untouched_is_untouched():
    np.testing.assert_array_equal(UNTOUCHED.apply(faces()), faces())


@pytest.mark.parametrize("name", ["noise", "framed_aside"])
def test_what_is_drawn_follows_the_seed(name):
    before = faces()
    assert (BY_NAME[name].apply(before, 0) != BY_NAME[name].apply(before, 1)).any()


def test_names_and_titles_tell_corruptions_apart_and_fit_a_narrow_table():
    assert len(BY_NAME) == len(CORRUPTIONS)
    assert len({kind.title for kind in CORRUPTIONS}) == len(CORRUPTIONS)
    assert max(len(kind.title) for kind in CORRUPTIONS) <= 20


@pytest.mark.parametrize(
    "name",
    [kind.name for kind in CORRUPTIONS if kind.name.startswith(("turned", "framed", "blur"))],
)
def test_edges_are_repeated_not_black(name):
    np.testing.assert_array_equal(BY_NAME[name].apply(gray(90)), gray(90))


def test_blur_and_low_resolution_take_fine_detail_away():
    stripes = gray(0)
    stripes[:, ::2] = 255
    for name in ("blur", "low_resolution"):
        inner = BY_NAME[name].apply(stripes)[0, 6:-6, 6:-6, 0]
        assert inner.std() < 5
        assert abs(inner.mean() - 127.5) < 2


def test_jpeg_keeps_the_rough_picture_and_loses_the_grain():
    image = spot(24, 24, size=24)
    after = BY_NAME["jpeg"].apply(image).astype(int)
    assert 0 < np.abs(after - image).mean() < 15
    grain = np.random.default_rng(0).normal(128, 6, gray(0).shape).astype(np.uint8)
    assert BY_NAME["jpeg"].apply(grain).std() < 0.6 * grain.std()


def test_low_light_keeps_order_in_a_darker_range():
    levels = gray(0)
    levels[0, 0, :, 0] = np.linspace(0, 255, FACE_SIZE)
    row = BY_NAME["low_light"].apply(levels)[0, 0, :, 0].astype(int)
    assert row[-1] == round(255 * LOW_LIGHT_GAIN)
    assert (np.diff(row) >= 0).all()
    assert row[FACE_SIZE // 2] < 40


def test_over_exposure_burns_the_bright_half_out():
    for level, expected in ((60, 120), (128, 255), (200, 255)):
        assert (BY_NAME["over_exposure"].apply(gray(level)) == expected).all()


def test_noise_has_its_deviation_and_no_bias():
    after = BY_NAME["noise"].apply(gray(128, 20)).astype(float)
    assert after.std() == pytest.approx(NOISE_SIGMA, rel=0.05)
    assert after.mean() == pytest.approx(128, abs=0.5)


@pytest.mark.parametrize(("name", "sign"), [("turned_left", -1), ("turned_right", 1)])
def test_turning_moves_the_forehead_to_that_side(name, sign):
    """Turned left, counter-clockwise, what was at the top goes to the left."""
    x, y = centroid(BY_NAME[name].apply(spot(24, 8)))
    assert sign * x > 3
    angle = np.degrees(np.arctan2(x, -y))
    assert angle == pytest.approx(sign * ANGLE, abs=3)


def test_framing_changes_the_face_s_size_by_the_error():
    area = float((spot(24, 24, size=20) > 127).sum())
    tighter = (BY_NAME["framed_tighter"].apply(spot(24, 24, size=20)) > 127).sum()
    wider = (BY_NAME["framed_wider"].apply(spot(24, 24, size=20)) > 127).sum()
    assert np.sqrt(tighter / area) == pytest.approx(1 / (1 - FRAMING_ERROR), abs=0.06)
    assert np.sqrt(wider / area) == pytest.approx(1 / (1 + FRAMING_ERROR), abs=0.06)


def test_framing_aside_moves_every_face_as_far_but_not_the_same_way():
    moved = BY_NAME["framed_aside"].apply(np.concatenate([spot(24, 24)] * 12))
    offsets = np.array([centroid(face[None]) for face in moved]) - centroid(spot(24, 24))
    distance = np.hypot(*offsets.T)
    np.testing.assert_allclose(distance, FRAMING_ERROR * FACE_SIZE, atol=0.2)
    assert np.ptp(np.arctan2(offsets[:, 1], offsets[:, 0])) > 2


def test_the_mask_covers_the_lower_part_only():
    before = faces(1)
    after = BY_NAME["mask"].apply(before)
    np.testing.assert_array_equal(after[:, :MASK_TOP], before[:, :MASK_TOP])
    np.testing.assert_array_equal(after[:, :, :MASK_MARGIN], before[:, :, :MASK_MARGIN])
    assert (after[:, MASK_TOP:, MASK_MARGIN:-MASK_MARGIN] == MASK_GRAY).all()


def test_examples_are_the_face_untouched_and_under_each_corruption():
    face = faces(1)[0, ..., 0]

    examples = examples_of(face)

    assert [kind for kind, _ in examples] == [UNTOUCHED, *CORRUPTIONS]
    for kind, shown in examples:
        np.testing.assert_array_equal(shown, kind.apply(face[None, ..., None])[0, ..., 0])
    np.testing.assert_array_equal(examples[0][1], face)
    with pytest.raises(ValueError, match="must be uint8"):
        examples_of(face.astype(float))
