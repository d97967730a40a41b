"""One trial of a sweep, in a process of the cluster: a run as any other, that tells each epoch.

Its folder lies in the sweep's, which every machine of the cluster sees; so a trial whose machine
is lost goes on elsewhere after its last finished epoch.
"""

import shutil
import socket
from collections.abc import Callable
from typing import Any

from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset
from fer_core.errors import FerError
from fer_core.runs.store import Run
from fer_core.scale.space import Value
from fer_core.scale.sweep_files import SweepFolder

Report = Callable[[dict[str, Any]], None]


def train_trial(
    folder: SweepFolder,
    number: int,
    values: dict[str, Value],
    dataset: Dataset,
    report: Report,
) -> None:
    """Trains a trial to its end, or from where it was left.

    `report` gets `epoch`, `val_accuracy` (0-1), `seconds` and `host` after each epoch; at the end
    `finished`, or `failed` with the reason where it cannot be trained.
    """
    teller = _Teller(report)
    try:
        config = folder.sweep.trial_config(folder.sweep.tidy(values))
        run = _begin(folder, number, config, dataset)
        teller.begin(run)
        _train(run, dataset, teller)
    except FerError as exc:
        teller.end(failed=str(exc))
    else:
        teller.end(finished=True)


def _begin(folder: SweepFolder, number: int, config: TrainConfig, dataset: Dataset) -> Run:
    """The trial's run folder, made where there is none of this configuration."""
    from fer_core.training.create import create_run

    run, run_id = folder.run(number), folder.sweep.run_id(number)
    if run is not None and run.config.train == config:
        return run
    shutil.rmtree(folder.trials_dir / run_id, ignore_errors=True)
    return create_run(config, dataset, run_id, folder.trials_dir)


def _train(run: Run, dataset: Dataset, teller: "_Teller") -> None:
    from fer_core.training import loop, machine

    machine.load_backend()
    loop.train(run, dataset, teller, pretrained=loop.first_weights(run))


class _Teller:
    """Observer of the trainer that reports epochs, those before a loss included once."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._said: dict[str, Any] = {"epoch": 0, "val_accuracy": 0.0, "seconds": 0.0}
        self._keeps_best = False

    def begin(self, run: Run) -> None:
        self._keeps_best = run.config.train.keep_best
        history = run.history()
        for row in history.to_dict("records"):
            self._add(row)
        if len(history):  # the last one may not have been heard
            self._tell()

    def on_step(self, epoch: int, step: int, steps: int, logs: dict[str, float]) -> None: ...

    def on_epoch(self, row: dict[str, float]) -> None:
        self._add(row)
        self._tell()

    def end(self, **how: Any) -> None:
        # One that cannot be trained is the worst there is, so that the search avoids its kind.
        self._said |= {"val_accuracy": 0.0} if "failed" in how else {}
        self._tell(**how)

    def _add(self, row: dict[str, Any]) -> None:
        accuracy = float(row["val_accuracy"])
        if self._keeps_best:
            accuracy = max(accuracy, self._said["val_accuracy"])
        seconds = self._said["seconds"] + float(row["seconds"])
        self._said |= {"epoch": int(row["epoch"]), "val_accuracy": accuracy, "seconds": seconds}

    def _tell(self, **more: Any) -> None:
        self._report(self._said | {"host": socket.gethostname()} | more)
