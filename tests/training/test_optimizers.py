"""What a step of an optimizer changes."""

import numpy as np
import pytest

from tests.builders import tiny_config

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorFlow's own imports


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_weight_decay_is_of_kernels_alone(optimizer):
    import keras

    from fer_core.training.optimizers import build_optimizer

    layers = [keras.layers.Dense(3, bias_initializer="ones"), keras.layers.BatchNormalization()]
    variables = keras.Sequential([keras.Input((2,)), *layers]).trainable_variables
    before = {variable.path: variable.numpy() for variable in variables}
    step = build_optimizer(tiny_config(optimizer=optimizer, learning_rate=0.1, weight_decay=0.5))

    step.apply([np.zeros(variable.shape, np.float32) for variable in variables], variables)

    (kernel,) = (variable for variable in variables if variable.name == "kernel")
    np.testing.assert_allclose(kernel.numpy(), 0.95 * before.pop(kernel.path), rtol=1e-5)
    for variable in variables:
        if variable is not kernel:
            np.testing.assert_array_equal(variable.numpy(), before[variable.path])
