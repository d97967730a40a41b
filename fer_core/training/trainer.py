"""The training loop: an explicit walk over the epochs that leaves a run folder.

After each epoch a checkpoint is written, so a kill at any time loses at most the
epoch in progress, and `resume` ends at the same weights as a run left alone.

    python -m fer_core train --preset report-baseline
    python -m fer_core train --resume report-baseline
"""

import logging
import time
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset
from fer_core.errors import RunError, TrainingError
from fer_core.models.registry import build_network
from fer_core.runs.store import Run, RunConfig, State, Status, check_run_id, get_run, utc_now
from fer_core.training import checkpoint
from fer_core.training.batches import epoch_batches, ordered_batches
from fer_core.training.checkpoint import Progress
from fer_core.training.machine import describe_backend, load_backend, versions
from fer_core.training.networks import Networks, build_for_training
from fer_core.training.parts import Parts, split_parts
from fer_core.training.recording import alone, log_to, recorded, report
from fer_core.training.schedules import ScheduleState, advance

HEARTBEAT_SECONDS = 5.0
_VALIDATION_BATCH = 256


class Observer(Protocol):
    """Told what happened; decides nothing."""

    def on_step(self, epoch: int, step: int, steps: int, logs: dict[str, float]) -> None:
        """After each step; `epoch` and `step` count from 1."""

    def on_epoch(self, row: dict[str, float]) -> None:
        """After each epoch, with its history row."""


class Silent:
    """An observer that does nothing."""

    def on_step(self, epoch: int, step: int, steps: int, logs: dict[str, float]) -> None: ...

    def on_epoch(self, row: dict[str, float]) -> None: ...


def create_run(config: TrainConfig, dataset: Dataset, run_id: str, root: Path | None = None) -> Run:
    """Makes the run folder of a run that has not started.

    Raises:
        RunError: the name is not valid or taken.
        ConfigError: there is no such model.
    """
    check_run_id(run_id)
    folder = (paths.runs_dir() if root is None else root) / run_id
    if folder.exists():
        raise RunError(
            f"There is a run '{run_id}' already. Continue it with `--resume {run_id}`, or "
            "choose another name with `--run-id`."
        )
    load_backend()
    core = build_network(config)
    backend, device = describe_backend()
    run = Run(
        folder,
        RunConfig(
            run_id=run_id,
            train=config,
            data_fingerprint=dataset.fingerprint,
            synthetic=dataset.synthetic,
            counts=split_parts(dataset).counts(),
            parameters=_count_parameters(core),
            versions=versions(),
            backend=backend,
            device=device,
            started=utc_now(),
        ),
    )
    run.write_config()
    run.write_status(Status(state=State.QUEUED, epochs=config.epochs))
    return run


def resume_run(run_id: str, dataset: Dataset, root: Path | None = None) -> Run:
    """The run to continue, checked against the data.

    Raises:
        RunError: there is no such run, it is done, or its data set was another one.
    """
    run = get_run(run_id, root)
    if run.status().state is State.DONE:
        raise RunError(f"Run '{run_id}' is done; there is nothing to resume.")
    if run.config.data_fingerprint != dataset.fingerprint:
        raise RunError(
            f"Run '{run_id}' was started on other images than those that are here now. "
            "Restore the data set it was started on, or start a new run."
        )
    return run


def train(run: Run, dataset: Dataset, observer: Observer | None = None) -> None:
    """Trains `run` from its last finished epoch to its last one.

    Leaves the checkpoint in place: `export.finish` turns it into the final files.

    Args:
        run: made by `create_run` or found by `resume_run`.
        dataset: the images it was made for.
        observer: told of steps and epochs.

    Raises:
        KeyboardInterrupt: Ctrl-C or SIGTERM; the state is `stopped`.
        TrainingError: the disk is full, or the loss is no longer a number; `failed`.
        RunError: another process trains this run.
    """
    with alone(run), log_to(run), recorded(run):
        load_backend()
        _train(run, split_parts(dataset), observer or Silent())


def _train(run: Run, parts: Parts, observer: Observer) -> None:
    config = run.config.train
    networks = build_for_training(config)
    progress = Progress(0, [], ScheduleState(config.learning_rate))
    if checkpoint.exists(run.checkpoint_path):
        progress = checkpoint.restore(run.checkpoint_path, networks)
        logging.getLogger(__name__).info("Resumed after epoch %d.", progress.epoch)
    run.write_history(progress.history)
    report(run, State.RUNNING, progress.epoch)
    for epoch in range(progress.epoch, config.epochs):
        row = _run_epoch(run, networks, parts, progress.schedule, epoch, observer)
        advance(progress.schedule, config, row["val_loss"])
        progress = Progress(epoch + 1, [*progress.history, row], progress.schedule)
        checkpoint.save(run.checkpoint_path, networks, progress)
        run.write_history(progress.history)
        report(run, State.RUNNING, epoch + 1)
        _log_epoch(row, config.epochs)
        observer.on_epoch(row)


def _run_epoch(
    run: Run,
    networks: Networks,
    parts: Parts,
    schedule: ScheduleState,
    epoch: int,
    observer: Observer,
) -> dict[str, float]:
    """One pass over the training images, then the validation images; a history row."""
    config = run.config.train
    start = time.perf_counter()
    networks.optimizer.learning_rate = schedule.learning_rate
    logs = networks.training.fit(
        epoch_batches(parts.train, config.batch_size, config.seed, epoch),
        shuffle=False,
        verbose=0,
        callbacks=[_step_callback(run, epoch, observer)],
    ).history
    validation = networks.training.evaluate(
        ordered_batches(parts.validation, _VALIDATION_BATCH), verbose=0, return_dict=True
    )
    row = {
        "epoch": epoch + 1,
        "accuracy": round(logs["accuracy"][0], 6),
        "loss": round(logs["loss"][0], 6),
        "val_accuracy": round(validation["accuracy"], 6),
        "val_loss": round(validation["loss"], 6),
        "learning_rate": schedule.learning_rate,
        "seconds": round(time.perf_counter() - start, 1),
    }
    if not np.isfinite([row["loss"], row["val_loss"]]).all():
        raise TrainingError(
            f"The loss is no longer a number in epoch {epoch + 1}. Use a lower learning rate; "
            "the epochs before this one are kept."
        )
    return row


def _step_callback(run: Run, epoch: int, observer: Observer) -> Any:
    import keras

    class Steps(keras.callbacks.Callback):  # type: ignore[misc]
        """Forwards steps and keeps the heartbeat fresh."""

        beat = time.monotonic()

        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            observer.on_step(epoch + 1, batch + 1, self.params["steps"], logs or {})
            if time.monotonic() - self.beat > HEARTBEAT_SECONDS:
                self.beat = time.monotonic()
                report(run, State.RUNNING, epoch)

    return Steps()


def _log_epoch(row: dict[str, float], epochs: int) -> None:
    logging.getLogger(__name__).info(
        "Epoch %d/%d: accuracy %.4f, loss %.4f, val_accuracy %.4f, val_loss %.4f, %.0f s",
        *(row["epoch"], epochs, row["accuracy"], row["loss"]),
        *(row["val_accuracy"], row["val_loss"], row["seconds"]),
    )


def _count_parameters(core: Any) -> dict[str, int]:
    trainable = sum(int(np.prod(weight.shape)) for weight in core.trainable_weights)
    return {"total": core.count_params(), "non_trainable": core.count_params() - trainable}
