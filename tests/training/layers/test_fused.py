import numpy as np
import pytest

from fer_core.config import TrainConfig
from fer_core.models.registry import build_network
from fer_core.training.averaging import measure_statistics

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorFlow's own imports


@pytest.fixture
def pair():
    """The tiny network as Keras has it, and with fused normalisation: the same weights."""
    import keras

    from fer_core.training.layers.fused import with_fused_normalisation

    keras.utils.set_random_seed(0)
    plain = build_network(TrainConfig(model="tiny", dropout=0.0))
    return plain, with_fused_normalisation(plain)


@pytest.fixture
def faces():
    return np.random.default_rng(0).integers(0, 256, (32, 48, 48, 1)).astype(np.float32)


def gradients(model, faces):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(faces, training=True)[:, 0])
    return tape.gradient(loss, [weight.value for weight in model.trainable_weights])


def test_every_normalisation_is_replaced(pair):
    kinds = {type(layer).__name__ for layer in pair[1].layers if layer.name.endswith("_norm")}
    assert kinds == {"FusedBatchNormalization"}


def test_a_training_step_is_the_same(pair, faces):
    plain, fused = pair
    for ours, expected in zip(gradients(fused, faces), gradients(plain, faces), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=2e-3, atol=2e-5)
    for ours, expected in zip(fused.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=2e-3, atol=1e-5)


def test_statistics_are_measured_the_same(pair, faces):
    plain, fused = pair
    for model in pair:
        measure_statistics(model, faces.astype(np.uint8))
    np.testing.assert_allclose(
        fused(faces, training=False), plain(faces, training=False), rtol=2e-2, atol=1e-4
    )


def test_a_model_within_the_model_is_left_alone():
    import keras

    from fer_core.training.layers.fused import with_fused_normalisation

    inner = keras.Sequential(
        [keras.Input((48, 48, 1)), keras.layers.BatchNormalization(), keras.layers.Flatten()]
    )
    outer = keras.Sequential([keras.Input((48, 48, 1)), inner, keras.layers.Dense(7)])
    assert with_fused_normalisation(outer) is outer
