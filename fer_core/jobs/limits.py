"""How much background training one machine takes on."""

import math
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from fer_core.config import TrainConfig
from fer_core.errors import JobError

SLOTS_VARIABLE = "FER_TRAINING_SLOTS"
QUEUE_VARIABLE = "FER_MAX_QUEUE"
EPOCHS_VARIABLE = "FER_MAX_EPOCHS"
DISK_VARIABLE = "FER_MIN_FREE_GB"


@dataclass(frozen=True)
class Limits:
    """Bounds that every submit is held to: jobs that run at once (`slots`; each takes all cores, or
    the GPU), jobs that wait or run, epochs of one job, and gigabytes of disk that have to be free.
    """

    slots: int = 1
    queue: int = 8
    epochs: int = 300
    free_gb: float = 2.0

    def check(self, config: TrainConfig, folder: Path, active: int) -> None:
        """Refuses a job that is too much for the disk of `folder` or beside `active` others.

        Raises:
            JobError: says what is too much and what to do.
        """
        if active >= self.queue:
            raise JobError(
                f"{active} jobs wait or run already, and the queue takes {self.queue}. Stop one, "
                f"wait for one to end, or set {QUEUE_VARIABLE}."
            )
        self.check_epochs(config)
        free = shutil.disk_usage(folder).free / 1e9
        if free < self.free_gb:
            raise JobError(
                f"Only {free:.1f} GB of disk are free, and training wants {self.free_gb:g} GB. "
                "Free some space and try again."
            )

    def check_epochs(self, config: TrainConfig) -> None:
        """Refuses a job of too many epochs; raises `JobError`."""
        if config.epochs > self.epochs:
            raise JobError(
                f"{config.epochs} epochs are more than the {self.epochs} that a job may take "
                f"here. Take fewer, or set {EPOCHS_VARIABLE}."
            )


def limits() -> Limits:
    """The limits that the environment sets, or their defaults."""
    return Limits(
        slots=max(1, int(_number(SLOTS_VARIABLE, Limits.slots))),
        queue=int(_number(QUEUE_VARIABLE, Limits.queue)),
        epochs=int(_number(EPOCHS_VARIABLE, Limits.epochs)),
        free_gb=_number(DISK_VARIABLE, Limits.free_gb),
    )


def _number(variable: str, default: float) -> float:
    try:
        value = float(os.environ.get(variable, ""))
    except ValueError:
        return default
    return value if math.isfinite(value) and value >= 0 else default
