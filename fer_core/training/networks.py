"""One set of weights in its three roles: network, model to train, model to serve.

Every model here is called with `training=` given or by fit/predict/evaluate: Keras'
Resizing layer hands `training=True` on when a call does not say, and batch
normalisation would then use (and move) batch statistics.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import FACE_SIZE, NUM_CLASSES
from fer_core.config import Precision, TrainConfig
from fer_core.models.registry import build_network
from fer_core.models.transfer import BACKBONE, is_frozen
from fer_core.training import distribution
from fer_core.training.layers.augmentation import augmentation_layers, mixup_layer
from fer_core.training.losses import accuracy, build_loss

FACE_SHAPE = (FACE_SIZE, FACE_SIZE, 1)


@dataclass(frozen=True)
class Networks:
    """Models that share weights.

    Attributes:
        core: float32 (n, 48, 48, 1), 0-255, to probabilities (n, 7).
        training: `faces` uint8 (n, 48, 48, 1) and `targets` float32 (n, 7) through mixup and
            augmentation into `core`, to what `losses.build_loss` describes; compiled.
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


def build_for_training(
    config: TrainConfig,
    class_weights: NDArray[np.float32] | None = None,
    teachers: Sequence[Any] = (),
    epoch: int = 0,
) -> Networks:
    """Builds and compiles the networks of the phase `config`, weights drawn from its seed.

    Weights of classes in the loss are 1 when None. The mean answer of the teachers, keras.Models
    in the form of `core`, is learned from. In the first epochs (index from 0) a pretrained
    backbone is frozen, and the optimizer has no state for it.
    """
    import keras
    from keras import layers

    from fer_core.training.layers.fused import with_fused_normalisation
    from fer_core.training.optimizers import build_optimizer

    keras.utils.set_random_seed(config.seed)
    keras.mixed_precision.set_global_policy(config.precision.value)
    core = build_network(config)
    if distribution.is_mirrored():
        distribution.synchronize(core)
    else:
        core = with_fused_normalisation(core)
    if is_frozen(config, epoch):
        core.get_layer(BACKBONE).trainable = False
    faces = keras.Input(FACE_SHAPE, dtype="uint8", name="faces")
    targets = keras.Input((NUM_CLASSES,), dtype="float32", name="targets")
    x = distribution.shared_out(layers.Rescaling(1.0, dtype="float32", name="to_float")(faces))
    mixed = targets
    if config.mixup:
        x, mixed = mixup_layer(config)(x, mixed)
    for layer in augmentation_layers(config):
        x = layer(x)
    outputs = [core(x), mixed]
    if teachers:
        answers = [_answers_of(teacher)(x) for teacher in teachers]
        outputs.append(layers.Average()(answers) if len(answers) > 1 else answers[0])
    joined = layers.Concatenate(dtype="float32", name="outputs")(outputs)
    training = keras.Model({"faces": faces, "targets": targets}, joined, name="training")
    weights = np.ones(NUM_CLASSES, np.float32) if class_weights is None else class_weights
    training.compile(
        optimizer=build_optimizer(config),
        loss=build_loss(config, weights),
        metrics=[keras.metrics.MeanMetricWrapper(accuracy, name="accuracy")],
        jit_compile=keras.backend.backend() == "jax",
    )
    training.optimizer.build(training.trainable_variables)
    if keras.backend.backend() != "tensorflow":
        # Keras' first `fit` would look at a batch to build the metrics with, and then begin with
        # another one: a resumed run would see its batches in another order.
        training.test_on_batch(*_blank_batch())
    return Networks(core, training)


def _blank_batch() -> tuple[dict[str, NDArray[Any]], NDArray[np.int8]]:
    faces = {"faces": np.zeros((1, *FACE_SHAPE), np.uint8)}
    return faces | {"targets": np.eye(1, NUM_CLASSES, dtype=np.float32)}, np.zeros(1, np.int8)


def build_for_serving(config: TrainConfig, weights: list[Any], temperature: float = 1.0) -> Any:
    """The model that is saved, exported and served: float32, without augmentation.

    A network trained in mixed precision is rebuilt in float32 and given its weights,
    because ONNX Runtime refuses the export of a bfloat16 graph.

    The `weights` are `core.get_weights()` of the trained network. Logits are divided by the
    temperature (Guo et al. 2017, arXiv:1706.04599, section 4.2).

    Returns:
        keras.Model from uint8 (n, 48, 48, 1), for inference only, to float32 (n, 7)
        probabilities; where the network ends in global average pooling, a second output
        float32 (n, h, w, 7) says how much each place speaks for each class (class
        activation maps, Zhou et al. 2016, arXiv:1512.04150), and a third, float32 (n, c),
        holds the pooled features that the last layer sees.
    """
    import keras
    from keras import layers

    keras.mixed_precision.set_global_policy(Precision.FLOAT32.value)
    core = build_network(config)
    core.set_weights(weights)
    inner_outputs = [core.get_layer("logits").output]
    if any(layer.name == "features" for layer in core.layers):
        inner_outputs += [_class_maps(core), core.get_layer("pooled").output]
    inner = keras.Model(core.input, inner_outputs, name=core.name)
    faces = keras.Input(FACE_SHAPE, dtype="uint8", name="faces")
    pixels = layers.Rescaling(1.0, dtype="float32", name="to_float")(faces)
    outputs = inner(pixels, training=False)
    first, *others = outputs if isinstance(outputs, list) else [outputs]
    scaled = layers.Rescaling(1 / temperature, name="temperature")(first)
    probabilities = layers.Softmax(name="probabilities")(scaled)
    return keras.Model(faces, [probabilities, *others] if others else probabilities, name=core.name)


def _class_maps(core: Any) -> Any:
    """What `logits` would answer at each place of `features`, by a convolution of one pixel."""
    from keras import layers

    maps = layers.Conv2D(NUM_CLASSES, 1, name="activations")
    answers = maps(core.get_layer("features").output)
    kernel, bias = core.get_layer("logits").get_weights()
    maps.set_weights([kernel[np.newaxis, np.newaxis], bias])
    return answers


def as_core(served: Any, name: str, precision: Precision = Precision.FLOAT32) -> Any:
    """A model made by `build_for_serving` in the form of `Networks.core`; it computes in
    `precision`, logits and probabilities apart, which stay float32.
    """
    import keras

    core = keras.Model(served.get_layer("to_float").output, served.outputs[0], name=name)
    if precision is Precision.FLOAT32:
        return core

    def recast(layer: Any) -> Any:
        values = layer.get_config()
        kept = layer.name in ("logits", "temperature", "probabilities")
        return type(layer).from_config(values if kept else values | {"dtype": precision.value})

    faster = keras.models.clone_model(core, clone_function=recast, recursive=True)
    faster.set_weights(core.get_weights())
    return faster


def _answers_of(teacher: Any) -> Any:
    """A layer of a teacher's answers, without its dropout and without variables of its own: a
    model within a model would be called with `training=True` whatever the graph says.
    """
    from keras import layers

    shape = (NUM_CLASSES,)
    return layers.Lambda(lambda x: teacher(x, training=False), output_shape=shape, dtype="float32")
