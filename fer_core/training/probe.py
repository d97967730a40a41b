"""How long a training step takes on this machine, and which devices Keras computes on.

    python -m fer_core jobs devices
    python -m fer_core jobs probe --preset tiny

Both load Keras, so the dashboard asks them of a process of their own
(`fer_core.jobs.devices`).
"""

import importlib.util
import time
from importlib.metadata import version
from typing import Any

import numpy as np

from fer_core.classes import FACE_SIZE, NUM_CLASSES
from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Faces
from fer_core.training.batches import epoch_batches
from fer_core.training.machine import describe_backend, load_backend
from fer_core.training.networks import build_for_training
from fer_core.training.targets import one_hot

WARM_UP = 3
"""Steps before the clock starts; the first one compiles."""
STEPS = 20
BACKENDS = ("tensorflow", "jax")


def measure_step(config: TrainConfig, steps: int = STEPS) -> dict[str, float]:
    """Trains some steps of the first phase on noise, without its teachers.

    Returns:
        `step_seconds`, the median of a step; `memory_mb`, the process's largest so far.

    Raises:
        ConfigError: there is no such network.
    """
    load_backend()
    import keras

    config = config.by_phase()[0]
    count = (steps + WARM_UP) * config.batch_size
    rng = np.random.default_rng(0)
    faces = Faces(
        rng.integers(0, 256, (count, FACE_SIZE, FACE_SIZE, 1), dtype=np.uint8),
        rng.integers(0, NUM_CLASSES, count).astype(np.int8),
        np.full(count, "noise"),
    )
    ends: list[float] = []

    class Clock(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            ends.append(time.perf_counter())

    networks = build_for_training(config)
    batches = epoch_batches(faces, one_hot(faces.labels), config.batch_size, config.seed, 0)
    networks.training.fit(batches, shuffle=False, verbose=0, callbacks=[Clock()])
    return {
        "step_seconds": float(np.median(np.diff(ends)[WARM_UP - 1 :])),
        "memory_mb": _peak_memory() / 1e6,
    }


def list_devices() -> dict[str, Any]:
    """Libraries that Keras can compute with here, and the devices that it would use.

    Returns:
        `backends`, versions by name; `devices`, names; `built_for_gpu`, whether the library
        in use could use a GPU at all.
    """
    load_backend()
    backends = {name: version(name) for name in BACKENDS if importlib.util.find_spec(name)}
    if describe_backend()[0] == "tensorflow":
        import tensorflow as tf

        details = tf.config.experimental.get_device_details
        gpus = tf.config.list_physical_devices("GPU")
        names = [f"GPU {details(gpu).get('device_name') or gpu.name}" for gpu in gpus] or ["CPU"]
        built_for_gpu = bool(tf.test.is_built_with_cuda())
    else:
        import jax

        names = [str(device.device_kind) for device in jax.devices()]
        built_for_gpu = jax.default_backend() != "cpu"
    return {"backends": backends, "devices": names, "built_for_gpu": built_for_gpu}


def _peak_memory() -> int:
    """Bytes that this process has held at most; what it holds now where that is not known."""
    import psutil

    info = psutil.Process().memory_info()
    try:
        import resource
    except ImportError:  # Windows, which counts the peak itself
        return int(getattr(info, "peak_wset", info.rss))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return max(int(info.rss), 1024 * peak)
