"""How fast training steps are, how long they wait for images, and what bfloat16 changes.

    python -m fer_core bench training

All rows train the same network on the same images with the same batches, one after the
other in one process. `image_dataset_from_directory` reads and decodes the files again in
every epoch, as Keras' ImageDataGenerator did before Keras 3 dropped it.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fer_core import paths
from fer_core.classes import CLASS_NAMES
from fer_core.config import Precision, TrainConfig
from fer_core.data import fer2013
from fer_core.data.fer2013 import Dataset, Faces
from fer_core.errors import DataMissingError
from fer_core.models.registry import get_preset
from fer_core.terminal import console, table
from fer_core.training.batches import epoch_batches
from fer_core.training.machine import load_backend
from fer_core.training.networks import Networks, build_for_training
from fer_core.training.targets import one_hot

WARM_UP = 5  # steps before the clock starts; the first one compiles


@dataclass(frozen=True)
class Timing:
    """Seconds of each step of one row after the warm-up, the wait for its batch included; `name`
    says what fed the network, and its precision.
    """

    name: str
    seconds: tuple[float, ...]
    batch_size: int

    @property
    def step(self) -> float:
        """Median seconds a step."""
        return float(np.median(self.seconds))

    @property
    def images_per_second(self) -> float:
        return self.batch_size / self.step


def waiting_share(fed: Timing, unfed: Timing) -> float:
    """Share, 0-1, of the step of `fed` spent waiting for images; `unfed` are the same steps on
    one batch that is already there.
    """
    return max(0.0, 1 - unfed.step / fed.step)


def measure_all(
    config: TrainConfig, dataset: Dataset, steps: int, observe: Callable[[str], None]
) -> list[Timing]:
    """Times every row; `observe` is told the name of each before.

    Ours in float32, ours on one batch over and over, files read again (where TensorFlow and the
    folders are here), ours in mixed_bfloat16.
    """
    import keras

    wanted = (steps + WARM_UP) * config.batch_size
    rows = np.random.default_rng(0).permutation(len(dataset.train))
    faces = dataset.train.take(np.resize(rows, wanted))
    plain = config.model_copy(update={"precision": Precision.FLOAT32})
    networks = build_for_training(plain)
    timings = []

    def measure(name: str, networks: Networks, batches: Any) -> None:
        observe(name)
        timings.append(Timing(name, _time_steps(networks, batches, steps), config.batch_size))

    measure("arrays in memory, float32", networks, _batches(faces, config))
    measure("one batch over and over, float32", networks, _repeated(faces, config, steps))
    try:
        folder = _from_directory(config)
    except (ImportError, DataMissingError):
        observe("files read again: omitted, it needs TensorFlow and the unpacked data set")
    else:
        measure("files read again each epoch, float32", networks, folder)
    mixed = config.model_copy(update={"precision": Precision.MIXED_BFLOAT16})
    name = "arrays in memory, mixed_bfloat16"
    try:
        measure(name, build_for_training(mixed), _batches(faces, config))
    finally:  # building a network sets the precision of every layer that is made after it
        keras.mixed_precision.set_global_policy(Precision.FLOAT32.value)
    return timings


def run_training_benchmark(preset: str, steps: int) -> None:
    """Measures the network of a preset and prints the table."""
    config = get_preset(preset).config
    dataset = fer2013.load()
    load_backend()
    timings = measure_all(config, dataset, steps, lambda name: console.print(name, style="dim"))
    ours, unfed = timings[0], timings[1]
    shown = table(
        f"Training {preset}, batches of {config.batch_size}, {steps} steps",
        *("Input and precision", "Step", "Images a second", "Ratio"),
        caption=f"Waiting for images: {100 * waiting_share(ours, unfed):.1f} % of a step. "
        f"Load of the machine at the end: {os.getloadavg()[0]:.1f}.",
    )
    for timing in timings:
        shown.add_row(
            timing.name,
            f"{1e3 * timing.step:.0f} ms",
            f"{timing.images_per_second:.0f}",
            f"{timing.images_per_second / ours.images_per_second:.2f} x",
        )
    console.print(shown)


def _time_steps(networks: Networks, batches: Any, steps: int) -> tuple[float, ...]:
    """Seconds from the end of one step to the end of the next."""
    import keras

    class Clock(keras.callbacks.Callback):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.ends: list[float] = []

        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            self.ends.append(time.perf_counter())

    clock = Clock()
    count = {} if hasattr(batches, "__getitem__") else {"steps_per_epoch": steps + WARM_UP}
    networks.training.fit(batches, shuffle=False, verbose=0, callbacks=[clock], **count)
    return tuple(np.diff(clock.ends)[WARM_UP - 1 :].tolist())


def _batches(faces: Faces, config: TrainConfig) -> Any:
    return epoch_batches(faces, one_hot(faces.labels), config.batch_size, config.seed, 0)


def _repeated(faces: Faces, config: TrainConfig, steps: int) -> Any:
    import keras

    first = _batches(faces, config)[0]

    class Repeated(keras.utils.PyDataset):  # type: ignore[misc]
        def __len__(self) -> int:
            return steps + WARM_UP

        def __getitem__(self, index: int) -> Any:
            return first

    return Repeated()


def _from_directory(config: TrainConfig) -> Any:
    """The training folder, each file read and decoded when its batch is due."""
    import keras
    import tensorflow as tf

    root = paths.data_dir() / "train"
    if not root.is_dir():
        raise DataMissingError(f"No data set found at {paths.data_dir()}.")
    files = keras.utils.image_dataset_from_directory(
        str(root),
        class_names=list(CLASS_NAMES),
        color_mode="grayscale",
        batch_size=config.batch_size,
        image_size=(48, 48),
        seed=config.seed,
        verbose=False,
    )

    def as_inputs(images: Any, labels: Any) -> Any:
        faces = tf.cast(images, tf.uint8)
        return {"faces": faces, "targets": tf.one_hot(labels, len(CLASS_NAMES))}, labels

    return files.map(as_inputs).repeat().prefetch(tf.data.AUTOTUNE)
