"""How fast training steps are by library, precision and threads, and how long they wait for images.

    python -m fer_core bench training --preset compact

The first table times steps on noise, each row in a process of its own: what Keras computes with is
fixed when it is imported. The second trains the same network on the same images one after the
other in one process. `image_dataset_from_directory` reads and decodes the files again in
every epoch, as Keras' ImageDataGenerator did before Keras 3 dropped it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil

from fer_core import paths
from fer_core.classes import CLASS_NAMES
from fer_core.config import Precision, TrainConfig
from fer_core.data import fer2013
from fer_core.data.fer2013 import Dataset, Faces
from fer_core.errors import DataMissingError, JobError
from fer_core.jobs.devices import Probe, probe
from fer_core.jobs.fastest import Way
from fer_core.models.registry import get_preset
from fer_core.terminal import console, table
from fer_core.training.batches import epoch_batches
from fer_core.training.machine import BACKENDS, installed_backends, load_backend
from fer_core.training.networks import Networks, build_for_training
from fer_core.training.probe import WARM_UP, time_steps
from fer_core.training.targets import one_hot

Observe = Callable[[str], None]
"""Told what is measured next, or left out."""


@dataclass(frozen=True)
class Timing:
    """Seconds of each step of one row after the warm-up, the wait for its batch included; `name`
    says what fed the network.
    """

    name: str
    seconds: tuple[float, ...]
    batch_size: int

    @property
    def step(self) -> float:
        """Median seconds a step."""
        return float(np.median(self.seconds))


def waiting_share(fed: Timing, unfed: Timing) -> float:
    """Share, 0-1, of the step of `fed` spent waiting for images; `unfed` are the same steps on
    one batch that is already there.
    """
    return max(0.0, 1 - unfed.step / fed.step)


def measure_ways(
    config: TrainConfig, observe: Observe, measure: Callable[..., Probe] = probe
) -> Iterator[tuple[Way, int, Probe]]:
    """Times some steps with every library that is installed, in both precisions, with all threads
    of this machine and with fewer. `observe` is told what cannot be timed, and why.

    Yields:
        Way, threads, and what the steps took.
    """
    for name in BACKENDS:
        if name not in installed_backends():
            observe(f"{BACKENDS[name]}: omitted, it is not installed (pip install {name})")
            continue
        for precision in Precision:
            for threads in _threads():
                way = Way(name, precision)
                row = f"{way}, threads: {threads}"
                observe(row)
                try:
                    yield way, threads, measure(way.of(config), name, threads=threads)
                except JobError as exc:
                    observe(f"{row}: omitted. {exc}")


def measure_inputs(
    config: TrainConfig, dataset: Dataset, steps: int, observe: Observe
) -> list[Timing]:
    """Times float32 steps with our input path, on one batch over and over, and on files read again
    (where TensorFlow and the folders are here).
    """
    wanted = (steps + WARM_UP) * config.batch_size
    rows = np.random.default_rng(0).permutation(len(dataset.train))
    faces = dataset.train.take(np.resize(rows, wanted))
    networks = build_for_training(config.model_copy(update={"precision": Precision.FLOAT32}))
    timings = []

    def measure(name: str, networks: Networks, batches: Any) -> None:
        observe(name)
        timings.append(Timing(name, time_steps(networks, batches, steps), config.batch_size))

    measure("arrays in memory", networks, _batches(faces, config))
    measure("one batch over and over", networks, _repeated(faces, config, steps))
    try:
        folder = _from_directory(config)
    except (ImportError, DataMissingError):
        observe("files read again: omitted, it needs TensorFlow and the unpacked data set")
    else:
        measure("files read again each epoch", networks, folder)
    return timings


def run_training_benchmark(preset: str, steps: int) -> None:
    """Measures the network of a preset and prints the tables."""
    config = get_preset(preset).config

    def observe(text: str) -> None:
        console.print(text, style="dim")

    _print_ways(preset, config, list(measure_ways(config, observe)))
    load_backend()
    _print_inputs(preset, config, measure_inputs(config, fer2013.load(), steps, observe))


def _print_ways(preset: str, config: TrainConfig, rows: list[tuple[Way, int, Probe]]) -> None:
    shown = table(
        f"Training {preset}, batches of {config.batch_size}, steps on noise",
        *("Library and precision", "Threads", "Step", "Images a second", "Ratio", "Memory"),
        caption=_load_in_words(),
    )
    for way, threads, found in rows:
        shown.add_row(
            str(way),
            str(threads),
            f"{1e3 * found.step_seconds:.0f} ms",
            f"{found.images_per_second:.0f}",
            f"{rows[0][2].step_seconds / found.step_seconds:.2f} x",
            f"{found.memory_mb / 1e3:.1f} GB",
        )
    console.print(shown)


def _print_inputs(preset: str, config: TrainConfig, timings: list[Timing]) -> None:
    ours, unfed = timings[0], timings[1]
    shown = table(
        f"Training {preset} in float32, by what feeds it",
        *("Input", "Step", "Images a second", "Ratio"),
        caption=f"Waiting for images: {100 * waiting_share(ours, unfed):.1f} % of a step. "
        f"{_load_in_words()}",
    )
    for timing in timings:
        shown.add_row(
            timing.name,
            f"{1e3 * timing.step:.0f} ms",
            f"{config.batch_size / timing.step:.0f}",
            f"{ours.step / timing.step:.2f} x",
        )
    console.print(shown)


def _threads() -> list[int]:
    """All that the machine has, a thread a core where cores have several, and one."""
    every = psutil.cpu_count() or 1
    return sorted({every, psutil.cpu_count(logical=False) or every, 1}, reverse=True)


def _load_in_words() -> str:
    return f"Load of the machine at the end: {psutil.getloadavg()[0]:.1f}."


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
