"""How long a training step takes on this machine, and which devices Keras computes on.

    python -m fer_core jobs devices
    python -m fer_core jobs probe --preset tiny

Both load Keras, so others ask them of a process of their own (`fer_core.jobs.devices`).
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
from fer_core.training.machine import BACKENDS, describe_backend, load_backend
from fer_core.training.networks import Networks, build_for_training
from fer_core.training.targets import one_hot

WARM_UP = 3
"""Steps before the clock starts; the first one compiles."""
STEPS = 8


def measure_step(config: TrainConfig, steps: int = STEPS) -> dict[str, float]:
    """Trains some steps of the first phase on noise, without its teachers.

    Returns:
        `step_seconds`, the median of a step; `memory_mb`, the process's largest so far.

    Raises:
        ConfigError: there is no such network.
    """
    load_backend()
    config = config.by_phase()[0].model_copy(update={"teachers": ()})
    count = (steps + WARM_UP) * config.batch_size
    rng = np.random.default_rng(0)
    faces = Faces(
        rng.integers(0, 256, (count, FACE_SIZE, FACE_SIZE, 1), dtype=np.uint8),
        rng.integers(0, NUM_CLASSES, count).astype(np.int8),
        np.full(count, "noise"),
    )
    networks = build_for_training(config)
    batches = epoch_batches(faces, one_hot(faces.labels), config.batch_size, config.seed, 0)
    return {
        "step_seconds": float(np.median(time_steps(networks, batches, steps))),
        "memory_mb": _peak_memory() / 1e6,
    }


def time_steps(networks: Networks, batches: Any, steps: int) -> tuple[float, ...]:
    """Seconds from the end of one step to the end of the next, after `WARM_UP` steps; `batches`
    that have no end are left after as many as that takes.
    """
    import keras

    ends: list[float] = []

    class Clock(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            ends.append(time.perf_counter())

    count = {} if hasattr(batches, "__getitem__") else {"steps_per_epoch": steps + WARM_UP}
    networks.training.fit(batches, shuffle=False, verbose=0, callbacks=[Clock()], **count)
    return tuple(np.diff(ends)[WARM_UP - 1 :].tolist())


def list_devices() -> dict[str, Any]:
    """Libraries that Keras can compute with here, and the devices that it would use.

    Returns:
        `backends`, versions by name; `devices`, names; `built_for_gpu`, whether the library
        in use could use a GPU at all.
    """
    load_backend()
    backends = {name: version(name) for name in BACKENDS if importlib.util.find_spec(name)}
    names, built_for_gpu = _devices_of(describe_backend()[0])
    return {"backends": backends, "devices": names, "built_for_gpu": built_for_gpu}


def _devices_of(backend: str) -> tuple[list[str], bool]:
    """What `backend` computes on, and whether it could use a GPU."""
    if backend == "jax":
        import jax

        return [str(device.device_kind) for device in jax.devices()], jax.default_backend() != "cpu"
    if backend == "torch":
        import torch

        count = torch.cuda.device_count()
        gpus = [f"GPU {torch.cuda.get_device_name(i)}" for i in range(count)]
        return gpus or ["CPU"], torch.version.cuda is not None
    import tensorflow as tf

    details = tf.config.experimental.get_device_details
    found = tf.config.list_physical_devices("GPU")
    gpus = [f"GPU {details(gpu).get('device_name') or gpu.name}" for gpu in found]
    return gpus or ["CPU"], bool(tf.test.is_built_with_cuda())


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
