"""What this machine trains with: backend, device, versions, memory."""

import importlib.util
import os
import platform
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from fer_core.config import MAX_EPOCHS
from fer_core.errors import TrainingError

MEMORY_NEEDED = 2 * 1024**3
"""Bytes. Measured: 1.88 GB at the peak for the report's network, batches of 64, TensorFlow."""

BACKEND_VARIABLE = "KERAS_BACKEND"
"""Says which library Keras computes with, before it is imported."""
BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
"""Those libraries by the name of their package."""
_PACKAGES = ("keras", *BACKENDS, "numpy", "onnx", "tf2onnx", "onnxruntime")
_CPU_FILE = Path("/proc/cpuinfo")
_BFLOAT16_FLAGS = {"amx_bf16", "avx512_bf16"}
_CGROUP_FILES = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def versions(packages: Iterable[str] = _PACKAGES) -> dict[str, str]:
    """Installed versions of what decides a result, and Python's."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def load_backend() -> None:
    """Imports Keras and its backend without the lines that native code prints while it
    looks for accelerators (no environment variable stops those).

    TensorFlow leaves oneDNN's kernels out on processors without AVX-512, where they train
    `compact` 2.3 times as fast as its own (two AVX2 cores); here they are always in.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    with _native_stderr_closed():
        describe_backend()


def installed_backends() -> list[str]:
    """Names of the libraries that Keras could compute with here, ours first."""
    return [name for name in BACKENDS if importlib.util.find_spec(name) is not None]


def fixed_backend() -> str | None:
    """The library that Keras computes with in this process, where that is decided: it is imported,
    or the environment names it.
    """
    if "keras" in sys.modules:
        return str(sys.modules["keras"].config.backend())
    return os.environ.get(BACKEND_VARIABLE) or None


def use_backend(name: str) -> None:
    """Has Keras compute with the library of that name from its import on; where it is imported
    already nothing changes.

    Raises:
        TrainingError: it is not installed.
    """
    if name not in installed_backends():
        raise TrainingError(
            f"Keras is to compute with {BACKENDS.get(name, name)}, which is not installed here. "
            f"`pip install {name}`, or set {BACKEND_VARIABLE} to one of "
            f"{', '.join(installed_backends())}."
        )
    if "keras" not in sys.modules:
        os.environ[BACKEND_VARIABLE] = name


def describe_backend() -> tuple[str, str]:
    """Keras' backend and the device that it computes on, as `("tensorflow", "cpu")`."""
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return backend, "gpu" if tf.config.list_physical_devices("GPU") else "cpu"
    if backend == "jax":
        import jax

        return backend, str(jax.default_backend())
    import torch

    return backend, "gpu" if torch.cuda.is_available() else "cpu"


def seed_epoch(seed: int, epoch: int) -> None:
    """Seeds what an epoch (index from 0) draws outside of Keras' own generators, which the
    checkpoint holds: with PyTorch that is dropout.
    """
    import keras

    if keras.backend.backend() == "torch":
        import torch

        torch.manual_seed(MAX_EPOCHS * seed + epoch)


def lacks_bfloat16(device: str) -> bool:
    """Whether bfloat16 arithmetic is known to be imitated on `device`, many times slower
    than float32. Only Linux says what a processor can do; elsewhere the answer is False.
    """
    if device != "cpu":
        return False
    try:
        flags = re.search(r"^flags\s*:(.*)$", _CPU_FILE.read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return False
    return flags is not None and not _BFLOAT16_FLAGS & set(flags[1].split())


def free_memory() -> int:
    """Bytes that this process may still take: the machine's or its container's, the smaller."""
    import psutil

    free = int(psutil.virtual_memory().available)
    for limit_file, used_file in _CGROUP_FILES:
        try:
            limit, used = (Path(p).read_text(encoding="utf-8") for p in (limit_file, used_file))
        except OSError:
            continue
        if limit.strip().isdigit():
            free = min(free, int(limit) - int(used))
    return free


def check_memory() -> None:
    """Refuses to train where the memory would not do.

    Raises:
        TrainingError: says how much there is and how much it takes.
    """
    free = free_memory()
    if free < MEMORY_NEEDED:
        raise TrainingError(
            f"Training takes about {MEMORY_NEEDED / 1024**3:.1f} GB of memory and this machine "
            f"has {max(free, 0) / 1024**3:.1f} GB free. Train on a larger machine and copy the "
            "run folder to artifacts/runs; the dashboard shows it without retraining."
        )


@contextmanager
def _native_stderr_closed() -> Iterator[None]:
    """Sends file descriptor 2 to the null device; Python's exceptions still get out."""
    sys.stderr.flush()
    kept = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)
