"""Checkpoints: all that the next epoch depends on, as one folder renamed whole.

Measured: restoring weights and optimizer alone leaves the seed generators of dropout
and augmentation behind, and a resumed run ends 0.01-0.02 apart in its weights. With
those counters, the schedule and the data order restored it ends bit-equal on a CPU.
"""

import json
import logging
import shutil
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import RunError
from fer_core.files import replace, sync
from fer_core.training.schedules import ScheduleState


class HasState(Protocol):
    """What is trained."""

    def state(self) -> list[Any]:
        """Every variable that the next step depends on, always in the same order."""


@dataclass(frozen=True)
class Progress:
    """Where a run stands: finished epochs, one history row each, the schedule, and the weights to
    export (`serving`) where they are averaged ones or the best epoch's, `serving_epoch`.
    """

    epoch: int
    history: list[dict[str, float]]
    schedule: ScheduleState
    serving: list[NDArray[Any]] | None = None
    serving_epoch: int = 0


def save(folder: Path, networks: HasState, progress: Progress) -> None:
    """Writes a checkpoint to `folder`; the one before stays at `<folder>.previous`.

    Raises:
        OSError: the disk is full or not writable; the checkpoint before is untouched.
    """
    new = folder.with_name(f"{folder.name}.new")
    previous = folder.with_name(f"{folder.name}.previous")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    arrays = {f"v{i}": np.asarray(variable) for i, variable in enumerate(networks.state())}
    arrays |= {f"s{i}": array for i, array in enumerate(progress.serving or [])}
    np.savez(new / "variables.npz", **arrays)  # type: ignore[arg-type]
    state = {
        "epoch": progress.epoch,
        "history": progress.history,
        "schedule": asdict(progress.schedule),
        "serving": len(progress.serving or []),
        "serving_epoch": progress.serving_epoch,
        "variables": [variable.path for variable in networks.state()],
    }
    (new / "state.json").write_text(json.dumps(state), encoding="utf-8")
    for written in (*new.iterdir(), new):
        sync(written)
    if folder.exists():
        shutil.rmtree(previous, ignore_errors=True)
        replace(folder, previous)
    replace(new, folder)
    sync(folder.parent)


def exists(folder: Path) -> bool:
    """Whether there is a checkpoint to restore, at `folder` or kept from before it."""
    return bool(_kept(folder))


def finished_epochs(folder: Path) -> int:
    """How many epochs the checkpoint at `folder` has behind it; 0 where there is none."""
    for source in _kept(folder):
        try:
            return _read(source)[0].epoch
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            continue
    return 0


def restore(folder: Path, networks: HasState) -> Progress:
    """Sets every variable of `networks` from the checkpoint, or, where that is damaged, from
    the one kept from before it.

    Raises:
        RunError: there is no checkpoint, all are damaged, or they belong to another network.
    """
    sources = _kept(folder)
    if not sources:
        raise RunError("There is no checkpoint: the run had not finished its first epoch.")
    contents = None
    for source in sources:
        try:
            contents = _read(source)
            break
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as exc:
            logging.getLogger(__name__).warning("'%s' is damaged: %s", source.name, exc)
    if contents is None:
        raise RunError("The checkpoint is damaged. Start a new run under another name.")
    progress, arrays = contents
    variables = networks.state()
    if [variable.shape for variable in variables] != [array.shape for array in arrays]:
        raise RunError("The checkpoint belongs to another network or configuration.")
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
    return progress


def remove(folder: Path) -> None:
    """Deletes the checkpoint, its predecessor and any half-written one."""
    for path in (folder, *folder.parent.glob(f"{folder.name}.*")):
        shutil.rmtree(path, ignore_errors=True)


def _kept(folder: Path) -> list[Path]:
    """The checkpoints there are, the newest first.

    A kill between the two renames of `save` leaves only `.previous`.
    """
    candidates = (folder, folder.with_name(f"{folder.name}.previous"))
    return [path for path in candidates if path.is_dir()]


def _read(source: Path) -> tuple[Progress, list[NDArray[Any]]]:
    """What one checkpoint holds: the progress and the value of each variable."""
    state = json.loads((source / "state.json").read_text(encoding="utf-8"))
    with (
        (source / "variables.npz").open("rb") as stream,
        np.load(stream, allow_pickle=False) as file,
    ):
        arrays = [file[f"v{i}"] for i in range(len(state["variables"]))]
        serving = [file[f"s{i}"] for i in range(state.get("serving", 0))]
    progress = Progress(
        state["epoch"],
        state["history"],
        ScheduleState(**state["schedule"]),
        serving or None,
        state.get("serving_epoch", 0),
    )
    return progress, arrays
