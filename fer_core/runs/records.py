"""What a run folder's files say, as typed records."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.config import TrainConfig
from fer_core.errors import RunError


def utc_now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class State(StrEnum):
    """STOPPED and FAILED runs can be resumed; a DONE run cannot."""

    QUEUED = "queued"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"
    DONE = "done"


class Status(BaseModel):
    """How far a run is. `epoch` counts finished epochs, `step` the steps of the one in
    progress, of `steps`; `heartbeat` is UTC. `process` tells the process of number `pid` from
    others that had it (`process.identity`). `stage` is what is done now, in words. `host` names
    another machine that does it, of which only what it said last is known.
    """

    model_config = ConfigDict(extra="ignore")

    state: State
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    stage: str = ""
    pid: int | None = None
    process: str | None = None
    host: str = ""
    heartbeat: datetime | None = None
    message: str = ""


class RunConfig(BaseModel):
    """What a run was made from: enough to rebuild it. Times are UTC."""

    model_config = ConfigDict(extra="ignore")

    run_id: str
    train: TrainConfig
    members: tuple[str, ...] = ()
    """Of an ensemble: the runs whose answers it averages."""
    quantized_from: str | None = None
    """Of a network in whole numbers: the run whose network it is."""
    class_names: tuple[str, ...] = CLASS_NAMES
    data_fingerprint: str
    synthetic: bool = False
    counts: dict[str, int]
    """Images in `train`, `validation` and `test`."""
    parameters: dict[str, int]
    """Weights in all (`total`) and those not trained (`non_trainable`)."""
    versions: dict[str, str]
    backend: str
    device: str
    temperature: float = 1.0
    """The exported model divides its logits by it; fitted on validation images."""
    abstain_below: float | None = None
    """Confidence below which pages say 'not sure'; from validation images."""
    test_looks: tuple[str, ...] = ()
    """When the test images were predicted, and with the weights of which epoch."""
    exported_epoch: int | None = None
    """Finished epochs in `model.onnx` and `predictions.npz`; None before the first export."""
    started: datetime
    finished: datetime | None = None


@dataclass(frozen=True)
class Predictions:
    """Scores of the exported model, one row an image.

    Attributes:
        path: str (n,), as `test/happy/im0.png`.
        split: str (n,), `validation` or `test`.
        y_true: int8 (n,), index into `CLASS_NAMES`.
        y_score: float32 (n, 7), probabilities in class order.
    """

    path: NDArray[np.str_]
    split: NDArray[np.str_]
    y_true: NDArray[np.int8]
    y_score: NDArray[np.float32]

    def __post_init__(self) -> None:
        n = len(self.path)
        if not (self.split.shape == self.y_true.shape == (n,)):
            raise RunError(f"Predictions need {n} splits and labels, as many as paths.")
        if self.y_score.shape != (n, NUM_CLASSES):
            raise RunError(f"Predictions need scores ({n}, 7), got {self.y_score.shape}.")

    def __len__(self) -> int:
        return len(self.path)

    @property
    def y_pred(self) -> NDArray[np.intp]:
        """Int (n,): the most probable class."""
        best: NDArray[np.intp] = np.argmax(self.y_score, axis=1)
        return best

    def where(self, mask: NDArray[np.bool_]) -> "Predictions":
        """The rows that `mask` marks."""
        return self.rows(np.flatnonzero(mask))

    def rows(self, rows: NDArray[np.intp]) -> "Predictions":
        """The rows with these numbers, in their order."""
        return Predictions(self.path[rows], self.split[rows], self.y_true[rows], self.y_score[rows])

    def subset(self, split: Literal["validation", "test"]) -> "Predictions":
        """The rows of one split."""
        return self.where(self.split == split)
