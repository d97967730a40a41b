"""Augmentation changes training images within bounds, and nothing at any other time."""

import numpy as np
import pytest

from fer_core.config import Augmentation, TrainConfig

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorFlow's own imports

EVERYTHING = TrainConfig(augmentation="strong", degradation=1.0, mixup=0.2, seed=3)
KINDS = ("Blur", "LowResolution", "Light", "JpegBlocks", "Noise", "CoveredMouth")


@pytest.fixture
def images() -> np.ndarray:
    """Smooth pictures with an edge, float32 (8, 48, 48, 1)."""
    ramp = np.linspace(40, 200, 48, dtype=np.float32)
    picture = np.add.outer(ramp, ramp) / 2
    picture[10:20, 15:25] = 250
    return np.repeat(picture[None, :, :, None], 8, axis=0)


def _layers(config: TrainConfig) -> list:
    from fer_core.training.layers.augmentation import augmentation_layers

    return augmentation_layers(config)


def _apply(config: TrainConfig, images: np.ndarray, training: bool) -> np.ndarray:
    for layer in _layers(config):
        images = layer(images, training=training)
    return np.asarray(images)


def test_nothing_happens_outside_training(images):
    np.testing.assert_array_equal(_apply(EVERYTHING, images, training=False), images)


@pytest.mark.parametrize("kind", ["basic", "medium", "strong"])
def test_training_images_change_each_in_its_own_way_and_stay_gray_levels(kind, images):
    config = EVERYTHING.model_copy(update={"augmentation": Augmentation(kind)})
    changed = _apply(config, images, training=True)

    assert changed.shape == images.shape
    assert changed.min() >= 0
    assert changed.max() <= 255
    assert all(np.abs(changed[0] - other).max() > 1 for other in changed[1:])


def test_equal_seeds_change_images_equally(images):
    one, other = (_apply(EVERYTHING, images, training=True) for _ in range(2))

    np.testing.assert_array_equal(one, other)


def test_an_affine_change_of_nothing_is_none(images):
    from fer_core.training.layers.geometry import RandomAffine

    still = RandomAffine(rotation=0, zoom=0, shift=0, seed=1)

    np.testing.assert_allclose(np.asarray(still(images, training=True)), images, atol=1e-3)


def test_a_shift_moves_the_picture_by_at_most_its_share(images):
    from fer_core.training.layers.geometry import RandomAffine

    spot = np.zeros((200, 48, 48, 1), np.float32)
    spot[:, 23:25, 23:25] = 255
    moved = np.asarray(RandomAffine(rotation=0, zoom=0, shift=0.25, seed=1)(spot, training=True))

    across = (moved.sum(axis=(1, 3)) * np.arange(48)).sum(axis=1) / moved.sum(axis=(1, 2, 3))
    assert np.abs(across - 23.5).max() <= 12.1
    assert np.abs(across - 23.5).max() > 9


def test_a_rotation_keeps_the_centre(images):
    from fer_core.training.layers.geometry import RandomAffine

    spot = np.zeros((50, 48, 48, 1), np.float32)
    spot[:, 23:25, 23:25] = 255
    turned = np.asarray(RandomAffine(rotation=90, zoom=0, shift=0, seed=1)(spot, training=True))

    down = (turned.sum(axis=(2, 3)) * np.arange(48)).sum(axis=1) / turned.sum(axis=(1, 2, 3))
    np.testing.assert_allclose(down, 23.5, atol=0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_a_degradation_comes_as_often_as_its_chance(kind):
    from fer_core.training.layers import degradation

    noise = np.random.default_rng(0).integers(0, 256, (400, 48, 48, 1)).astype(np.float32)

    def share(chance: float) -> float:
        out = np.asarray(getattr(degradation, kind)(chance, seed=2)(noise, training=True))
        return float((np.abs(out - noise).max(axis=(1, 2, 3)) > 0.5).mean())

    assert share(0) == 0
    assert share(1) > 0.98
    assert 0.2 < share(0.3) < 0.4


def _degraded(kind: str, images: np.ndarray) -> np.ndarray:
    from fer_core.training.layers import degradation

    return np.asarray(getattr(degradation, kind)(1.0, seed=2)(images, training=True))


def test_a_blur_spreads_a_spot_and_takes_no_light():
    spot = np.zeros((8, 48, 48, 1), np.float32)
    spot[:, 24, 24] = 200
    blurred = _degraded("Blur", spot)

    np.testing.assert_allclose(blurred.sum(axis=(1, 2, 3)), 200, rtol=1e-4)
    assert (blurred[:, 24, 24] > blurred[:, 24, 25]).all()
    np.testing.assert_allclose(blurred[:, 24, 25], blurred[:, 23, 24], rtol=1e-4)
    assert (blurred[:, 24, 25] > 1).all()


def test_light_changes_equal_grays_equally_and_keeps_their_order(images):
    changed = _degraded("Light", images)

    for before, after in zip(images, changed):
        grays, first = np.unique(before, return_index=True)
        curve = after.ravel()[first]
        np.testing.assert_allclose(
            after.ravel(), np.interp(before.ravel(), grays, curve), rtol=1e-4
        )
        assert (np.diff(curve) >= 0).all()
    assert len(np.unique(changed[:, 0, 0])) == len(images)


def test_jpeg_changes_a_block_of_8_by_itself_alone(images):
    other = images.copy()
    other[:, 8:16, 8:16] = 255 - other[:, 8:16, 8:16]
    differs = (_degraded("JpegBlocks", images) != _degraded("JpegBlocks", other)).any(axis=(0, 3))

    assert differs[8:16, 8:16].any()
    assert differs.sum() == differs[8:16, 8:16].sum()
    flat = _degraded("JpegBlocks", np.full_like(images, 120))
    np.testing.assert_allclose(np.ptp(flat, axis=(1, 2, 3)), 0, atol=1e-3)


def test_noise_lies_about_the_image_and_is_as_strong_as_is_said():
    noise = _degraded("Noise", np.full((40, 48, 48, 1), 120, np.float32)) - 120

    np.testing.assert_allclose(noise.mean(axis=(1, 2, 3)), 0, atol=2)
    strength = noise.std(axis=(1, 2, 3))
    assert 3.5 < strength.min() < 8
    assert 20 < strength.max() < 26
    beside = noise[:, :, 1:] * noise[:, :, :-1]
    assert np.abs(beside.mean(axis=(1, 2, 3))).max() < 0.1 * strength.max() ** 2


@pytest.mark.parametrize("kind", ["basic", "medium", "strong"])
def test_half_of_the_images_are_mirrored(kind):
    left = np.full((200, 48, 48, 1), 60, np.float32)
    left[:, 20:28, 4:16] = 180
    changed = _apply(TrainConfig(augmentation=kind), left, training=True)

    mirrored = changed[:, :, 24:].mean(axis=(1, 2, 3)) > changed[:, :, :24].mean(axis=(1, 2, 3))
    assert 0.35 < mirrored.mean() < 0.65


def test_a_covered_mouth_is_one_gray_value_below_the_eyes(images):
    from fer_core.training.layers.degradation import CoveredMouth

    covered = np.asarray(CoveredMouth(1.0, seed=4)(images, training=True))
    middle = covered[:, 40:, 10:38]

    np.testing.assert_array_equal(covered[:, :21], images[:, :21])
    assert (np.ptp(middle, axis=(1, 2, 3)) == 0).all()
    assert len(np.unique(middle[:, 0, 0])) == len(images)


def test_jpeg_blocks_without_rounding_give_the_image_back(images):
    from fer_core.training.layers.degradation import _cosine_basis

    basis = _cosine_basis()

    np.testing.assert_allclose(basis @ basis.T, np.eye(8), atol=1e-6)


def test_mixup_mixes_images_and_targets_by_one_share(images):
    from fer_core.training.layers.augmentation import mixup_layer

    values = np.arange(8, dtype=np.float32)
    flat = np.broadcast_to(values[:, None, None, None], images.shape).astype(np.float32)
    targets = np.eye(8, 7, dtype=np.float32)

    mixed, shares = mixup_layer(TrainConfig(mixup=1.0))(flat, targets)

    assert np.abs(np.asarray(shares) - targets).max() > 0.1
    np.testing.assert_allclose(np.asarray(mixed)[:, 0, 0, 0], _expected(shares), atol=1e-4)


def _expected(shares) -> np.ndarray:
    """Picture i is i everywhere and has target class i; picture 7 has no target."""
    shares = np.asarray(shares)
    return shares @ np.arange(7) + 7 * (1 - shares.sum(axis=1))
