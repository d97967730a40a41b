"""One training on several devices of a machine: each batch is shared out, every step is that of one
device on the whole batch.

With JAX by `keras.distribution.DataParallel`: the arithmetic is the same whatever is drawn at
random, as the batch stays one array. With TensorFlow by `MirroredStrategy`, where each device
draws its own random numbers and normalises its own share of a batch; so only for trainings that
draw none, with batch normalisation synchronized. Which devices there are is CUDA's to say
(`CUDA_VISIBLE_DEVICES`).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from fer_core.config import Augmentation, TrainConfig
from fer_core.errors import TrainingError
from fer_core.models.transfer import is_transfer


def check_several(config: TrainConfig, backend: str, devices: int) -> None:
    """Refuses to share a training of `config` out where it would not equal that on one device.

    Raises:
        TrainingError: says why and what to choose.
    """
    if devices > 1 and backend != "jax" and (why := _differs(config, devices)):
        raise TrainingError(
            f"On several GPUs TensorFlow would train something else: {why}. Choose JAX, or one GPU."
        )


@contextmanager
def spread(config: TrainConfig, images: int) -> Iterator[None]:
    """Trains what is built inside on every device that Keras sees, where that equals one device; a
    run of `images` training images. Elsewhere nothing changes.
    """
    import keras

    backend = keras.backend.backend()
    several = {"jax": _jax_devices, "tensorflow": _tensorflow_devices}
    devices = several[backend]() if backend in several else []  # PyTorch trains on one
    if len(devices) < 2:
        yield
        return
    logger = logging.getLogger(__name__)
    if backend != "jax" and (why := _differs(config, len(devices), images)):
        logger.warning(
            "Trains on one of %d devices, as TensorFlow on all would differ: %s. JAX uses all.",
            *(len(devices), why),
        )
        yield
        return
    logger.info("Trains on %d devices together.", len(devices))
    with _data_parallel() if backend == "jax" else _mirrored(devices):
        yield


def is_mirrored() -> bool:
    """Whether what is built now is TensorFlow's, for several devices."""
    import keras

    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return bool(tf.distribute.has_strategy())


def shared_out(x: Any) -> Any:
    """Faces (n, h, w, c) within a model, a share of which each device of `spread` computes on; all
    of them where they do not divide. Unchanged without JAX or with one device.
    """
    import keras

    shared = keras.distribution.distribution()
    if shared is None:
        return x
    import jax

    mesh = shared.device_mesh.backend_mesh
    by_batch = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec(shared.batch_dim_name))

    def share(faces: Any) -> Any:
        if faces.shape[0] % mesh.size:
            return faces
        return jax.lax.with_sharding_constraint(faces, by_batch)

    return keras.layers.Lambda(share, output_shape=x.shape[1:], name="shared_out")(x)


def synchronize(core: Any) -> None:
    """Lets the batch normalisations of a network see the whole batch, not a device's share."""
    import keras

    for layer in core.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.synchronized = True


def _differs(config: TrainConfig, devices: int, images: int | None = None) -> str:
    """Why TensorFlow's several devices would not do what one does; empty where they would."""
    if is_transfer(config):
        return "the pretrained network's batch normalisation is not synchronized"
    for phase in config.by_phase():
        drawn = {
            "dropout": phase.dropout,
            "augmentation": phase.augmentation is not Augmentation.NONE,
            "degradation": phase.degradation,
            "mixup": phase.mixup,
        }
        if names := [name for name, used in drawn.items() if used]:
            listed = " and ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])
            return f"each GPU draws its own random numbers for {listed}"
        rest = 0 if images is None else images % phase.batch_size
        if phase.batch_size % devices or rest % devices:
            return f"batches of {rest or phase.batch_size} cannot be shared out evenly"
    return ""


def _jax_devices() -> list[Any]:
    import jax

    return list(jax.local_devices())


def _tensorflow_devices() -> list[str]:
    import tensorflow as tf

    found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return [device.name for device in found]


@contextmanager
def _data_parallel() -> Iterator[None]:
    """Keras' distribution, but every device gets the whole batch and `shared_out` shares it: Keras
    takes the layout of the first batch for all, and the last may not divide.
    """
    import keras

    class Shared(keras.distribution.DataParallel):  # type: ignore[misc]
        def get_data_layout(self, data_shape: tuple[int, ...]) -> Any:
            whole = [None] * len(data_shape)
            return keras.distribution.TensorLayout(whole, self.device_mesh)

    before = keras.distribution.distribution()
    keras.distribution.set_distribution(Shared(devices=keras.distribution.list_devices()))
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)


def _mirrored(devices: list[str]) -> Any:
    import tensorflow as tf

    if tf.distribute.has_strategy():
        return nullcontext()
    # Other reductions add up in another order.
    reduction = tf.distribute.ReductionToOneDevice()
    return tf.distribute.MirroredStrategy(devices, cross_device_ops=reduction).scope()
