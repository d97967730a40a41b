"""One set of weights in its three roles: network, model to train, model to serve.

Every model here is called with `training=` given or by fit/predict/evaluate: Keras'
Resizing layer hands `training=True` on when a call does not say, and batch
normalisation would then use (and move) batch statistics.
"""

from dataclasses import dataclass
from typing import Any

from fer_core.config import Optimizer, Precision, TrainConfig
from fer_core.labels import FACE_SIZE
from fer_core.models.registry import build_network
from fer_core.training.augmentation import augmentation_layers

FACE_SHAPE = (FACE_SIZE, FACE_SIZE, 1)


@dataclass(frozen=True)
class Networks:
    """Models that share weights.

    Attributes:
        core: float32 (n, 48, 48, 1), 0-255, to probabilities (n, 7).
        training: uint8 faces through augmentation into `core`; compiled.
    """

    core: Any
    training: Any

    @property
    def optimizer(self) -> Any:
        return self.training.optimizer

    def state(self) -> list[Any]:
        """Every variable that the next step depends on: weights, batch statistics,
        seed generators and the optimizer's; always in the same order.
        """
        return [*self.training.variables, *self.optimizer.variables]


def build_for_training(config: TrainConfig) -> Networks:
    """Builds and compiles the networks of `config`, weights drawn from its seed."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(config.seed)
    keras.mixed_precision.set_global_policy(config.precision.value)
    core = build_network(config)
    faces = keras.Input(FACE_SHAPE, dtype="uint8", name="faces")
    x = layers.Rescaling(1.0, dtype="float32", name="to_float")(faces)
    for layer in augmentation_layers(config):
        x = layer(x)
    training = keras.Model(faces, core(x), name="training")
    training.compile(
        optimizer=_optimizer(config),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
        jit_compile=keras.backend.backend() == "jax",
    )
    training.optimizer.build(training.trainable_variables)
    return Networks(core, training)


def build_for_serving(config: TrainConfig, weights: list[Any]) -> Any:
    """The model that is saved, exported and served: float32, without augmentation.

    A network trained in mixed precision is rebuilt in float32 and given its weights,
    because ONNX Runtime refuses the export of a bfloat16 graph.

    Args:
        config: the run's configuration.
        weights: `core.get_weights()` of the trained network.

    Returns:
        keras.Model from uint8 (n, 48, 48, 1) to float32 (n, 7), for inference only.
    """
    import keras
    from keras import layers

    keras.mixed_precision.set_global_policy(Precision.FLOAT32.value)
    core = build_network(config)
    core.set_weights(weights)
    faces = keras.Input(FACE_SHAPE, dtype="uint8", name="faces")
    pixels = layers.Rescaling(1.0, dtype="float32", name="to_float")(faces)
    return keras.Model(faces, core(pixels, training=False), name=core.name)


def _optimizer(config: TrainConfig) -> Any:
    import keras

    if config.optimizer is Optimizer.ADAM:
        return keras.optimizers.Adam(config.learning_rate)
    return keras.optimizers.SGD(config.learning_rate, momentum=0.9, nesterov=True)
