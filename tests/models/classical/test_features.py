"""Features of faces: shape, range, and what they do not see."""

import numpy as np
import pytest

from fer_core.models.classical.features import GaborFeatures, HogFeatures, LbpFeatures
from tests.builders import draw_noise

EXTRACTORS = (HogFeatures(), LbpFeatures(), GaborFeatures())


def faces(n: int) -> np.ndarray:
    return np.stack([draw_noise(seed) for seed in range(n)])[..., None]


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_each_face_becomes_a_row_of_its_own(extractor):
    images = faces(5)

    features = extractor.extract(images)

    assert features.shape == (5, extractor.size)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()
    np.testing.assert_array_equal(extractor.extract(images[3:4]), features[3:4])
    assert len(np.unique(features, axis=0)) == 5


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_no_face_gives_no_row(extractor):
    assert extractor.extract(faces(1)[:0]).shape == (0, extractor.size)


@pytest.mark.parametrize("extractor", EXTRACTORS)
@pytest.mark.parametrize(
    "images",
    [np.zeros((2, 48, 48), np.uint8), np.zeros((2, 48, 48, 3), np.uint8), np.zeros((2, 48, 48, 1))],
)
def test_other_shapes_are_refused(extractor, images):
    with pytest.raises(ValueError, match=r"Faces must be uint8 \(n, 48, 48, 1\), got"):
        extractor.extract(images)


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_progress_ends_at_the_last_face(extractor):
    seen = []
    extractor.extract(np.zeros((300, 48, 48, 1), np.uint8), lambda *step: seen.append(step))
    assert seen == [(256, 300), (300, 300)]


def test_gradients_are_told_apart_by_direction_not_by_contrast():
    stripes = np.tile(np.repeat([[0, 120]], 4, axis=1).repeat(48, axis=0), 6).astype(np.uint8)
    upright, lying = stripes[None, ..., None], stripes.T[None, ..., None]
    extractor = HogFeatures()

    first, second = extractor.extract(upright)[0], extractor.extract(lying)[0]
    brighter = extractor.extract(upright * 2)[0]

    np.testing.assert_allclose(brighter, first, atol=1e-3)
    orientations = first.reshape(-1, extractor.orientations).sum(axis=0)
    turned = second.reshape(-1, extractor.orientations).sum(axis=0)
    assert orientations.argmax() != turned.argmax()
    assert orientations.max() > 0.95 * orientations.sum()


def test_texture_is_the_same_in_brighter_light():
    dark = faces(1) // 2
    extractor = LbpFeatures()
    np.testing.assert_array_equal(extractor.extract(dark * 2), extractor.extract(dark))


def test_texture_shares_add_up_in_each_region():
    extractor = LbpFeatures()
    shares = extractor.extract(faces(2)).reshape(2, extractor.grid**2, extractor.patterns)
    np.testing.assert_allclose(shares.sum(axis=2), 1, rtol=1e-5)


def test_texture_of_one_region_changes_its_bins_only():
    plain = np.full((1, 48, 48, 1), 90, np.uint8)
    dotted = plain.copy()
    dotted[0, 3:6:2, 3:6:2] = 200
    extractor = LbpFeatures()

    change = (extractor.extract(dotted) - extractor.extract(plain)).reshape(
        extractor.grid**2, extractor.patterns
    )

    assert np.flatnonzero(np.abs(change).sum(axis=1)).tolist() == [0]


def test_a_filter_answers_to_waves_of_its_length_and_direction():
    extractor = GaborFeatures()
    y, x = np.mgrid[:48, :48]
    shape = len(extractor.wavelengths), extractor.orientations, extractor.grid**2
    for row, length in enumerate(extractor.wavelengths):
        for column in (0, 3):
            angle = np.pi * column / extractor.orientations
            wave = np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / length)
            image = (128 + 60 * wave).astype(np.uint8)[None, ..., None]
            strength = extractor.extract(image).reshape(shape).sum(axis=2)
            assert np.unravel_index(strength.argmax(), strength.shape) == (row, column)


def test_waves_are_the_same_in_other_light_and_contrast():
    dark = faces(1) // 4
    extractor = GaborFeatures()
    plain = extractor.extract(dark)
    np.testing.assert_allclose(extractor.extract(dark + 40), plain, atol=1e-4)
    np.testing.assert_allclose(extractor.extract(dark * 3), plain, atol=1e-4)
    assert (extractor.extract(np.full((1, 48, 48, 1), 90, np.uint8)) < 1e-3).all()
