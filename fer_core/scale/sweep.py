"""A sweep from its start to its end: what is tried, led on a cluster, and the best trials kept.

    python -m fer_core sweep --preset tiny --space space.toml --trials 30

Trials are compared by their accuracy on validation images alone; the test images are looked at
once, by those that are kept.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from fer_core import paths
from fer_core.data.fer2013 import Dataset
from fer_core.errors import FerError, RunError
from fer_core.files import replace
from fer_core.runs.process import identity
from fer_core.runs.store import Run, State, Status, check_name_free, get_run, write_status
from fer_core.scale.cluster import LOCAL, check_ready, run_on
from fer_core.scale.sweep_files import (
    ENDED,
    Sweep,
    SweepFolder,
    Trial,
    best_trials,
    create_sweep,
)
from fer_core.training.parts import split_parts

_DRIVER = "fer_core.scale.sweep_driver"
Tell = Callable[[Trial], None]


def run_sweep(
    sweep: Sweep,
    dataset: Dataset,
    address: str,
    tell: Tell,
    *,
    data_dir: Path | None = None,
    cpus: int = 2,
    gpus: float = 0.0,
) -> tuple[SweepFolder, list[Run]]:
    """Runs a sweep to its end, or on from where it was left.

    Args:
        sweep: what is tried.
        dataset: to train on; the trials get it from this machine.
        address: of the cluster, as `cluster.run_on` has it.
        tell: called with a trial whenever it has changed.
        data_dir: where the data set lies, if not where it is downloaded to.
        cpus: cores of each trial.
        gpus: GPUs of each trial.

    Returns:
        The sweep, and the runs that were kept, the best first.

    Raises:
        ModuleNotFoundError: Ray is not installed.
        DataError: there are too few images.
        RunError: the name is taken, another process runs it, or it is done.
        ScaleError: as `cluster.run_on` says; the same call continues.
        KeyboardInterrupt: stopped; the same call continues.
    """
    check_ready(address)  # before it leaves anything
    split_parts(dataset, sweep.trial_config({}))  # there are images to compare trials on
    folder = _open(sweep)
    try:
        with FileLock(str(folder.folder / ".lock"), timeout=0):
            try:
                _lead(folder, address, tell, data_dir, cpus, gpus)
                return folder, _finish(folder, dataset)
            except KeyboardInterrupt:
                _write(folder, State.STOPPED, "The same command continues it.")
                raise
            except FerError as exc:
                _write(folder, State.STOPPED, _for_all(str(exc), address))
                raise
    except Timeout as exc:
        raise RunError(f"Another process runs the sweep '{sweep.name}' already.") from exc


def _for_all(text: str, address: str) -> str:
    """As visitors of a page may read it, who need not know the owner's machines."""
    return text if address == LOCAL else text.replace(address, "its address")


def _open(sweep: Sweep) -> SweepFolder:
    """The sweep's folder, new or to be continued; no run has the name of a trial."""
    if not (paths.sweeps_dir() / sweep.name / "sweep.json").exists():
        for number in range(1, sweep.trials + 1):
            check_name_free(paths.runs_dir() / sweep.run_id(number))
    folder = create_sweep(sweep)
    if folder.status().state is State.DONE:
        raise RunError(
            f"The sweep '{sweep.name}' is done. Give another name by --name to run it again."
        )
    return folder


def _lead(
    folder: SweepFolder, address: str, tell: Tell, data_dir: Path | None, cpus: int, gpus: float
) -> None:
    """Has the cluster train what has not ended."""
    if _ended(folder) == folder.sweep.trials:  # and then something came between
        return
    _write(folder, State.RUNNING, stage="Connecting")

    def heard(message: dict[str, Any]) -> None:
        trial = Trial.model_validate(message["trial"])
        _write(folder, State.RUNNING, stage="Training")
        tell(trial)

    request = {
        "name": folder.name,
        "root": str(folder.folder.parent),
        "data_dir": None if data_dir is None else str(data_dir.resolve()),
        "cpus": cpus,
        "gpus": gpus,
    }
    run_on(address, _DRIVER, request, heard, gpus=1 if gpus else 0)


def _finish(folder: SweepFolder, dataset: Dataset) -> list[Run]:
    """Exports the best trials, keeps them as runs, and throws the weights of the others away."""
    from fer_core.export.finish import finish

    _write(folder, State.RUNNING, stage="Exporting the best")
    kept = []
    for trial in best_trials(folder.trials())[: folder.sweep.keep]:
        run = folder.run(trial.number)
        if run is None:
            continue
        target = paths.runs_dir() / run.run_id
        if not target.exists():  # else it was killed after this
            if run.status().state is not State.DONE:
                finish(run, dataset)
            _copy_whole(run.folder, target, folder.folder / ".kept")
        kept.append(get_run(run.run_id))
    for path in folder.trials_dir.iterdir():
        _throw_weights_away(path)
    shutil.rmtree(folder.folder / "tune", ignore_errors=True)
    _write(folder, State.DONE)
    return kept


def _copy_whole(source: Path, target: Path, beside: Path) -> None:
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(source, beside, ignore=shutil.ignore_patterns(".*", "checkpoint*"))
    target.parent.mkdir(parents=True, exist_ok=True)
    replace(beside, target)


def _throw_weights_away(folder: Path) -> None:
    """Leaves what a run was and how it went."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name not in ("config.json", "history.csv", "status.json"):
            path.unlink(missing_ok=True)


def _write(folder: SweepFolder, state: State, message: str = "", stage: str = "") -> None:
    """Writes how far the whole is."""
    pid = os.getpid()
    running = {"pid": pid, "process": identity(pid)} if state is State.RUNNING else {}
    status = Status(
        state=state,
        epoch=_ended(folder),
        epochs=folder.sweep.trials,
        message=message,
        stage=stage,
        **running,
    )
    write_status(folder.folder, status)


def _ended(folder: SweepFolder) -> int:
    return sum(trial.state in ENDED for trial in folder.trials())
