"""What a run folder's files say, as typed records.

`config.json` is a `RunConfig`. Its `format` is 2 today; folders without the number are of
format 1, which knew no phases; they are read where they kept validation images. A run of
several phases (`fer_core.config`) has them in `train`:

    {"format": 2, "run_id": "compact", "train": {"model": "compact", "epochs": 98, "seed": 0,
     "phases": [{"epochs": 42, "precision": "mixed_bfloat16"}, {"epochs": 52, ...},
                {"epochs": 4, "seed": 1, ...}], ...}, ...}

`epochs` is the sum of those of the phases; a phase holds what differs from the rest of `train`.

`history.csv` has a row an epoch, numbered through from 1, with `HISTORY_COLUMNS`; where the run
has several phases a column `phase` says which one an epoch belongs to, from 1. Accuracies may be
compared across phases; losses only where the settings of the loss are the same.
"""

import zipfile
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.config import TrainConfig
from fer_core.errors import RunError
from fer_core.files import write_file

FORMAT = 2
"""Of the run folders that are written."""

HISTORY_COLUMNS = (
    *("epoch", "accuracy", "loss", "val_accuracy", "val_loss", "learning_rate", "seconds"),
)
"""Of `history.csv`; runs of several phases have `phase` besides."""


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
    progress, of `steps`, each of about `step_seconds`; `heartbeat` is UTC. `process` tells the
    process of number `pid` from others that had it (`process.identity`). `stage` is what is done
    now, in words. `host` names another machine that does it, of which only what it said last is
    known.
    """

    model_config = ConfigDict(extra="ignore")

    state: State
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    step_seconds: float = 0.0
    stage: str = ""
    pid: int | None = None
    process: str | None = None
    host: str = ""
    heartbeat: datetime | None = None
    message: str = ""


class Place(StrEnum):
    """Where a face is followed over time: VIDEO, a file sampled a few times a second; LIVE, a
    camera.
    """

    VIDEO = "video"
    LIVE = "live"


class TemporalFacts(BaseModel):
    """What tells a recurrent network over the features of another run's network."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    features_of: tuple[str, ...]
    """Runs whose features it reads: the one that it was trained on first."""
    stamps: dict[str, str] = {}
    """`Run.model_stamp` of these, when it was measured; folders written before have none."""
    default_in: tuple[Place, ...] = ()
    """Where it was better than exponential smoothing on validation clips."""
    clips: dict[str, int] = {}
    """Clips in `train`, `validation` and `test`."""


class RunConfig(BaseModel):
    """What a run was made from: enough to rebuild it. Times are UTC."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    format: int = FORMAT
    """Version of the format of the run folder's files."""
    run_id: str
    train: TrainConfig
    members: tuple[str, ...] = ()
    """Of an ensemble: the runs whose answers it averages."""
    quantized_from: str | None = None
    """Of an int8-quantized network: the run whose network it is."""
    note: str = ""
    """A sentence on what the settings do not say of how it was trained."""
    temporal: TemporalFacts | None = None
    """Of a recurrent network over the frames of a face; None of every other run."""
    class_names: tuple[str, ...] = CLASS_NAMES
    data_fingerprint: str
    """Of the images."""
    synthetic: bool = False
    """Drawn faces instead of photographs."""
    counts: dict[str, int]
    """Images in `train`, `validation` and `test`."""
    parameters: dict[str, int]
    """Weights in all (`total`) and those not trained (`non_trainable`)."""
    versions: dict[str, str]
    """Of packages."""
    backend: str
    """The library that trained it."""
    device: str
    """The processor that trained it."""
    images_per_second: dict[str, float] = {}
    """What steps timed before it reached, by library and precision, as `TensorFlow in float32`."""
    temperature: float = 1.0
    """The exported model divides its logits by it; fitted on validation images."""
    abstain_below: float | None = None
    """Confidence below which pages say 'not sure'; from validation images."""
    test_looks: tuple[str, ...] = ()
    """When the test images were predicted, and by what."""
    exported_epoch: int | None = None
    """Finished epochs in `model.onnx` and `predictions.npz`; None before the first export."""
    started: datetime
    """UTC."""
    finished: datetime | None = None
    """UTC; None while it goes on."""

    @property
    def is_derived(self) -> bool:
        """Whether nothing was trained for it: an ensemble, or another run quantized. Its settings
        are then those of what it is made of.
        """
        return bool(self.members or self.quantized_from)

    @model_validator(mode="before")
    @classmethod
    def _upgrade(cls, values: Any) -> Any:
        """Reads older formats as today's and refuses newer ones."""
        if not isinstance(values, dict):
            return values
        written = values.get("format", 1)
        if not isinstance(written, int) or written > FORMAT:
            raise ValueError(
                f"it is of format {written}, and this version reads up to {FORMAT}. Use the "
                "version that wrote it, or a later one"
            )
        train = values.get("train")
        if written == 1 and isinstance(train, dict):
            train = {name: value for name, value in train.items() if name != "twin"}
            if train.get("validation") == "none":
                raise ValueError(
                    "it is of format 1 and was trained on its validation images too, so nothing "
                    "here could be calibrated. Train it again, or use the version that wrote it"
                )
        return values | {"format": FORMAT, "train": train}

    @classmethod
    def parse(cls, text: str) -> "RunConfig":
        """Reads what `config.json` holds.

        Raises:
            RunError: one sentence on why it cannot be read, and what to do.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as exc:
            for error in exc.errors():
                if error["type"] == "value_error":
                    raise RunError(f"{error['msg'].removeprefix('Value error, ')}.") from exc
                if error["type"] in ("extra_forbidden", "enum"):
                    raise RunError(
                        f"this version does not know its setting {error['loc'][-1]}="
                        f"{error['input']}. Use the version that wrote it, or a later one."
                    ) from exc
            raise RunError(
                "its config.json is damaged. Restore the file, or move the folder away."
            ) from exc


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

    @classmethod
    def read(cls, path: Path) -> "Predictions":
        """Reads what `write` wrote.

        Raises:
            RunError: the file is missing or damaged.
        """
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                return cls(file["path"], file["split"], file["y_true"], file["y_score"])
        except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as exc:
            raise RunError(f"{path.name} is missing or damaged.") from exc

    def write(self, path: Path) -> None:
        """Writes a file of compressed NumPy arrays, whole."""
        write_file(path, lambda temporary: np.savez_compressed(temporary, **vars(self)))

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
