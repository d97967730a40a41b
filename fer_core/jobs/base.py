"""What a job is.

A job is one training in the background, named as its run folder. It is described by a
`JobSpec`, which lies as `job.json` in that folder from the moment it is queued; the folder
becomes a run (`fer_core.runs.store`) when training begins.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from fer_core.config import TrainConfig
from fer_core.files import write_text
from fer_core.jobs.ray.settings import RaySettings
from fer_core.runs.store import Run, State, Status, utc_now

JOB_FILE = "job.json"

FINAL = (State.STOPPED, State.FAILED, State.DONE)
"""States in which no process works on a job."""


class DataSource(StrEnum):
    """FER2013: the data set in the data folder. SYNTHETIC: a small set of drawn faces, made
    where it is missing, to try training without any download.
    """

    FER2013 = "fer2013"
    SYNTHETIC = "synthetic"


class KerasBackend(StrEnum):
    """The library that Keras computes with; JAX and PyTorch have to be installed beside
    TensorFlow.
    """

    TENSORFLOW = "tensorflow"
    JAX = "jax"
    TORCH = "torch"


class Place(StrEnum):
    """LOCAL: a process on this machine. KAGGLE: a GPU that Kaggle lends its users. RAY: a node of
    a Ray cluster.
    """

    LOCAL = "local"
    KAGGLE = "kaggle"
    RAY = "ray"


class JobSpec(BaseModel):
    """What to train, on what, with what and where. Without a `backend` it is the fastest here, in
    the fastest precision (`fer_core.jobs.fastest`); elsewhere it is TensorFlow. `created` is UTC;
    `remote` is what the other machine calls the job, `ray` is which cluster; `weights` is the
    sha256 of the ImageNet weights that were handed over for it, which lie beside
    (`fer_core.jobs.weights`) until it is done.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    run_id: str
    train: TrainConfig
    data: DataSource = DataSource.FER2013
    backend: KerasBackend | None = None
    place: Place = Place.LOCAL
    remote: str | None = None
    ray: RaySettings | None = None
    weights: str | None = None
    created: datetime = Field(default_factory=utc_now)


@dataclass(frozen=True)
class Job:
    """One job at one moment.

    `spec` is what was asked for, None for a run that was started by command; `run` is None as
    long as the job waits for the first time. `ahead` counts the jobs before it, 0 for one whose
    turn it is; None for one that neither waits nor runs.
    """

    run_id: str
    status: Status
    spec: JobSpec | None
    run: Run | None
    ahead: int | None = None

    @property
    def is_active(self) -> bool:
        """Whether it waits, runs or is being stopped."""
        return self.status.state not in FINAL

    @property
    def is_followed(self) -> bool:
        """Whether it is on another machine and a process here follows it."""
        return bool(self.status.host) and self.spec is not None and self.spec.place is Place.RAY

    @property
    def train(self) -> TrainConfig | None:
        """Its configuration, from the run or from what was asked for."""
        if self.run is not None:
            return self.run.config.train
        return self.spec.train if self.spec is not None else None

    @property
    def since(self) -> datetime | None:
        """When it was asked for, or began; UTC."""
        if self.spec is not None:
            return self.spec.created
        return self.run.config.started if self.run is not None else None


def read_spec(folder: Path) -> JobSpec | None:
    """What was asked for in `folder`; None where there is nothing that can be read."""
    try:
        return JobSpec.model_validate_json((folder / JOB_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # also where it holds bytes that are no text
        return None


def write_spec(folder: Path, spec: JobSpec) -> None:
    write_text(folder / JOB_FILE, spec.model_dump_json(indent=1) + "\n")
