"""What this machine trains with and how fast, asked of a process of its own.

The answers need Keras, which the dashboard's process never loads. Each takes seconds up to
a minute: ask once and keep the answer.
"""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.errors import JobError
from fer_core.jobs.detached import harmless_environment
from fer_core.training.machine import BACKEND_VARIABLE

TIMEOUT = 300.0
"""Seconds after which an answer is no longer waited for."""
_THREADS = ("TF_NUM_INTRAOP_THREADS", "NPROC", "OMP_NUM_THREADS")
"""How TensorFlow, JAX and PyTorch are told how many threads to compute with."""


@dataclass(frozen=True)
class Devices:
    """What training would compute on: versions of Keras' backends by name, devices as `CPU` or
    `GPU Tesla T4`, the name of a GPU that would not be used, and what to do about that.
    """

    backends: dict[str, str]
    devices: tuple[str, ...]
    unused_gpu: str | None = None
    advice: str = ""


@dataclass(frozen=True)
class Probe:
    """What some training steps took: the median of a step, and the process's largest memory in
    millions of bytes, at `batch_size` images a step; the process itself `took_seconds`.
    """

    step_seconds: float
    memory_mb: float
    batch_size: int
    took_seconds: float = 0.0

    @property
    def images_per_second(self) -> float:
        return self.batch_size / self.step_seconds

    def epoch_seconds(self, images: int) -> float:
        """Seconds that one pass over `images` training images takes, without validation."""
        return self.step_seconds * -(-images // self.batch_size)


def devices() -> Devices:
    """Asks for the devices.

    Raises:
        JobError: no answer came.
    """
    answer = _ask("devices")
    found = Devices(dict(answer["backends"]), tuple(answer["devices"]))
    used = any("cpu" not in name.lower() for name in found.devices)
    gpu = None if used else installed_gpu()
    if gpu is None:
        return found
    advice = (
        "TensorFlow here is built for processors only: `pip install -r requirements-gpu.txt` in "
        "the same environment (Linux or WSL2), then start the server again."
        if not answer["built_for_gpu"]
        else "TensorFlow could use it but does not find its driver: see that `nvidia-smi` works "
        "for this user, and that `LD_LIBRARY_PATH` and `CUDA_VISIBLE_DEVICES` do not hide it."
    )
    return replace(found, unused_gpu=gpu, advice=advice)


def probe(
    config: TrainConfig, backend: str, *, threads: int = 0, timeout: float | None = None
) -> Probe:
    """Trains some steps of `config` on noise.

    Args:
        config: to be trained.
        backend: what Keras computes with, as `KERAS_BACKEND` names it.
        threads: that it may use; 0 leaves that to the library.
        timeout: seconds after which no answer is waited for; `TIMEOUT` when None.

    Raises:
        JobError: no answer came, or training failed; says why.
    """
    start = time.monotonic()
    environment = {BACKEND_VARIABLE: backend}
    if threads:
        environment |= dict.fromkeys(_THREADS, str(threads))
    answer = _ask("probe", config.model_dump_json(), environment, timeout)
    took = time.monotonic() - start
    found = float(answer["step_seconds"]), float(answer["memory_mb"])
    return Probe(*found, config.batch_size, took)


def installed_gpu() -> str | None:
    """Name of the first NVIDIA GPU that the driver reports; None where there is none."""
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return next(iter(done.stdout.strip().splitlines()), None)


def _ask(
    command: str,
    text: str = "",
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> dict[str, Any]:
    """The JSON that `python -m fer_core jobs COMMAND --json` prints as its last line."""
    timeout = TIMEOUT if timeout is None else timeout
    try:
        done = subprocess.run(
            [sys.executable, "-m", "fer_core", "jobs", command, "--json"],
            input=text,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            check=False,
            cwd=paths.PROJECT_ROOT,
            env=harmless_environment() | {"TF_CPP_MIN_LOG_LEVEL": "3"} | dict(environment or {}),
        )
    except subprocess.TimeoutExpired as exc:
        raise JobError(
            f"No answer came within {timeout:.0f} seconds. The machine may be busy; try again."
        ) from exc
    try:
        if done.returncode != 0:
            raise ValueError
        answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError) as exc:
        said = done.stderr.strip().splitlines()
        reason = f" ({said[-1][:200]})" if said else ""
        raise JobError(f"Training could not be tried on this machine{reason}.") from exc
    return answer
