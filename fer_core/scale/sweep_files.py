"""What a sweep leaves on disk, `artifacts/sweeps/<name>/`; pages read nothing else of it.

| file | what |
|---|---|
| `sweep.json` | `Sweep`: what is tried, written first |
| `status.json` | state of the whole, as of a run; `epoch` counts ended trials, `epochs` all |
| `trials.json` | `Trial`: how each one stands |
| `importance.json` | share of the differences that goes with each setting, 0-1 |
| `trials/<name>-07/` | each trial's run folder; when all have ended its config and history |
| `tune/` | Ray Tune's own state, from which it is restored |

When it has ended, the best trials on validation that trained to their last epoch are exported
and stand in the runs folder under their names, like any other run.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.errors import RunError
from fer_core.files import write_text
from fer_core.runs.store import (
    Run,
    State,
    Status,
    check_run_id,
    folders_in,
    get_run,
    read_status,
    utc_now,
)
from fer_core.scale.space import Space, Value, full_config, trial_config

MOST_TRIALS = 1000


class TrialState(StrEnum):
    """STOPPED_EARLY: worse than most others after as many epochs. WAITING: its machine was lost,
    or the sweep was stopped; it goes on after its last finished epoch.
    """

    RUNNING = "running"
    DONE = "done"
    STOPPED_EARLY = "stopped early"
    WAITING = "waiting"
    FAILED = "failed"


ENDED = (TrialState.DONE, TrialState.STOPPED_EARLY, TrialState.FAILED)


class Trial(BaseModel):
    """One trial: the `values` that it tries, finished epochs, accuracy on validation of the model
    that it would export (0-1), seconds of training, the machine, and why it failed.
    """

    model_config = ConfigDict(extra="ignore")

    number: int
    state: TrialState = TrialState.RUNNING
    values: dict[str, Value] = Field(default_factory=dict)
    epoch: int = 0
    val_accuracy: float | None = None
    seconds: float = 0.0
    host: str = ""
    reason: str = ""


class Sweep(BaseModel):
    """What a sweep tries. `changes` are those of `--set`; each trial has `epochs` at most, and is
    stopped after `grace` ones at the earliest; `keep` trials stay as runs; `created` is UTC.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    preset: str
    changes: dict[str, Any] = Field(default_factory=dict)
    space: Space
    trials: int = Field(ge=1, le=MOST_TRIALS)
    epochs: int = Field(ge=1)
    grace: int = Field(ge=1)
    keep: int = Field(1, ge=0)
    seed: int = 0
    data_fingerprint: str
    synthetic: bool = False
    created: datetime = Field(default_factory=utc_now)

    def run_id(self, number: int) -> str:
        """The name of a trial's run folder."""
        return f"{self.name}-{number:0{len(str(self.trials))}d}"

    def tidy(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """What the search proposed, with six digits."""
        return {setting.name: setting.tidy(values[setting.name]) for setting in self.space}

    def trial_config(self, values: dict[str, Value]) -> TrainConfig:
        """The configuration of the trial with these values."""
        return trial_config(self.preset, self.changes, self.epochs, values)

    def full_config(self, values: dict[str, Value]) -> TrainConfig:
        """The preset's whole training with these values."""
        return full_config(self.preset, self.changes, values)

    def free_run_id(self, root: Path) -> str:
        """A name in the runs folder `root` for the whole training of the best one."""
        stem = f"{self.name}-full"
        names = (stem, *(f"{stem}-{number}" for number in range(2, MOST_TRIALS)))
        return next(name for name in names if not (root / name).exists())


@dataclass(frozen=True)
class SweepFolder:
    """One sweep on disk; its properties and methods read the files."""

    folder: Path
    sweep: Sweep

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def trials_dir(self) -> Path:
        """Folder of the trials' run folders."""
        return self.folder / "trials"

    def status(self) -> Status:
        """How far the whole is; `stopped` where its process is gone."""
        return read_status(self.folder)

    def trials(self) -> list[Trial]:
        """Every trial that has begun, in that order; none where the file is damaged. Where nobody
        leads the sweep, those that have not ended wait.
        """
        found: list[Trial] = _read(self.folder / "trials.json", _TRIALS, [])
        if self.status().state in (State.RUNNING, State.STOPPING):
            return found
        waits = {"state": TrialState.WAITING}
        return [t if t.state in ENDED else t.model_copy(update=waits) for t in found]

    def write_trials(self, trials: list[Trial]) -> None:
        write_text(self.folder / "trials.json", _TRIALS.dump_json(trials, indent=1).decode() + "\n")

    def importance(self) -> dict[str, float]:
        """By setting; empty before enough trials have ended."""
        shares: dict[str, float] = _read(self.folder / "importance.json", _SHARES, {})
        return shares

    def write_importance(self, shares: dict[str, float]) -> None:
        path = self.folder / "importance.json"
        write_text(path, _SHARES.dump_json(shares, indent=1).decode() + "\n")

    def run(self, number: int) -> Run | None:
        """The run folder of a trial; None where it has left none."""
        with suppress(RunError):
            return get_run(self.sweep.run_id(number), self.trials_dir)
        return None

    def histories(self) -> dict[int, pd.DataFrame]:
        """Epochs of each trial that has finished one, by number."""
        runs = {trial.number: self.run(trial.number) for trial in self.trials()}
        found = {number: run.history() for number, run in runs.items() if run is not None}
        return {number: history for number, history in found.items() if len(history)}


_TRIALS = TypeAdapter(list[Trial])
_SHARES = TypeAdapter(dict[str, float])


def create_sweep(sweep: Sweep, root: Path | None = None) -> SweepFolder:
    """Makes the folder of a new sweep, or finds that of one to be continued.

    Raises:
        RunError: the name is not valid, or that of a sweep of something else or that is done.
    """
    check_run_id(sweep.name)
    folder = (paths.sweeps_dir() if root is None else root) / sweep.name
    if (folder / "sweep.json").exists():
        found = get_sweep(sweep.name, root)
        if differs := _differences(found.sweep, sweep):
            raise RunError(
                f"There is a sweep '{sweep.name}' already, with {differs}. Give the same to "
                "continue it, or another name by --name."
            )
        return found
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trials").mkdir(exist_ok=True)
    write_text(folder / "sweep.json", sweep.model_dump_json(indent=1) + "\n")
    return SweepFolder(folder, sweep)


def get_sweep(name: str, root: Path | None = None) -> SweepFolder:
    """The sweep of that name.

    Raises:
        RunError: there is none, or its `sweep.json` is damaged.
    """
    check_run_id(name)
    folder = (paths.sweeps_dir() if root is None else root) / name
    try:
        text = (folder / "sweep.json").read_text(encoding="utf-8")
        return SweepFolder(folder, Sweep.model_validate_json(text))
    except OSError as exc:
        raise RunError(f"There is no sweep '{name}'.") from exc
    except ValueError as exc:
        raise RunError(f"The sweep.json of '{name}' is damaged. Move its folder away.") from exc


def list_sweeps(root: Path | None = None) -> list[SweepFolder]:
    """Every readable sweep, the latest first."""
    found = []
    for folder in folders_in(paths.sweeps_dir() if root is None else root):
        with suppress(RunError):
            found.append(get_sweep(folder.name, root))
    return sorted(found, key=lambda each: each.sweep.created, reverse=True)


def best_trials(trials: list[Trial]) -> list[Trial]:
    """Those that trained to the end, the best on validation first."""
    done = [t for t in trials if t.state is TrialState.DONE and t.val_accuracy is not None]
    return sorted(done, key=lambda trial: trial.val_accuracy or 0.0, reverse=True)


def trial_table(sweep: Sweep, trials: list[Trial]) -> pd.DataFrame:
    """One row a trial, the best on validation first, then those without a figure.

    Returns:
        `trial`, `val_accuracy` (0-1, NaN where unknown), `state`, `epoch`, a column a setting,
        `seconds`, `host`, `reason`.
    """
    rows = [
        {
            "trial": trial.number,
            "val_accuracy": trial.val_accuracy,
            "state": trial.state.value,
            "epoch": trial.epoch,
            **{setting.name: trial.values.get(setting.name) for setting in sweep.space},
            "seconds": trial.seconds,
            "host": trial.host,
            "reason": trial.reason,
        }
        for trial in trials
    ]
    names = [setting.name for setting in sweep.space]
    columns = ["trial", "val_accuracy", "state", "epoch", *names, "seconds", "host", "reason"]
    table = pd.DataFrame(rows, columns=columns).astype({"val_accuracy": float})
    return table.sort_values("val_accuracy", ascending=False, na_position="last", kind="stable")


def _differences(there: Sweep, asked: Sweep) -> str:
    """What they differ in, as `trials = 30`, of the one that is there; empty where in nothing."""
    old, new = (sweep.model_dump(mode="json") for sweep in (there, asked))
    differ = [name for name in old if name != "created" and old[name] != new[name]]
    plain = {"space": "another space", "data_fingerprint": "other images"}
    return ", ".join(plain.get(name, f"{name} = {old[name]}") for name in differ)


def _read(path: Path, adapter: TypeAdapter[Any], otherwise: Any) -> Any:
    try:
        return adapter.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return otherwise
