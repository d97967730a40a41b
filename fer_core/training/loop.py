"""The training loop: an explicit walk over the epochs that leaves a run folder.

After each epoch a checkpoint is written, so a kill at any time loses at most the
epoch in progress, and `resume` ends at the same weights as a run left alone.

    python -m fer_core train --preset report-baseline
    python -m fer_core train --resume report-baseline
"""

import logging
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset
from fer_core.errors import RunError, TrainingError
from fer_core.models.imagenet.weights import set_backbone
from fer_core.models.registry import build_network
from fer_core.models.transfer import is_transfer
from fer_core.runs.store import (
    Run,
    RunConfig,
    State,
    Status,
    check_name_free,
    check_run_id,
    get_run,
    utc_now,
)
from fer_core.training import checkpoint
from fer_core.training.averaging import averaged
from fer_core.training.batches import epoch_batches, ordered_batches
from fer_core.training.checkpoint import Progress
from fer_core.training.initial_weights import find_initial, start_from
from fer_core.training.machine import describe_backend, load_backend, versions
from fer_core.training.networks import Networks, build_for_training
from fer_core.training.parts import Parts, split_parts
from fer_core.training.recording import alone, log_to, recorded, report
from fer_core.training.schedules import ScheduleState, advance, learning_rate
from fer_core.training.targets import Targets, loss_weights, training_targets
from fer_core.training.teachers import load_teachers
from fer_core.training.twin import find_twin

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


class _Heeding:
    """Passes on what it is told, and ends training where a Ctrl-C was lost."""

    def __init__(self, observer: Observer, check_interrupt: Callable[[], None]) -> None:
        self.observer = observer
        self.check_interrupt = check_interrupt

    def on_step(self, epoch: int, step: int, steps: int, logs: dict[str, float]) -> None:
        self.observer.on_step(epoch, step, steps, logs)
        self.check_interrupt()

    def on_epoch(self, row: dict[str, float]) -> None:
        self.observer.on_epoch(row)
        self.check_interrupt()


def create_run(
    config: TrainConfig,
    dataset: Dataset,
    run_id: str,
    root: Path | None = None,
    *,
    reserved: bool = False,
) -> Run:
    """Makes the run folder of a run that has not started.

    Args:
        config: what to train.
        dataset: the images to train on.
        run_id: name of the folder.
        root: the runs folder; `paths.runs_dir()` when None.
        reserved: the folder is there already and waits for this run's configuration.

    Raises:
        RunError: the name is not valid or taken, or a run that `config` names does not serve.
        ConfigError: there is no such model.
    """
    check_run_id(run_id)
    folder = (paths.runs_dir() if root is None else root) / run_id
    check_name_free(folder, reserved=reserved)
    load_backend()
    find_twin(config, folder.parent)
    find_initial(config, folder.parent)
    core = build_network(config)
    backend, device = describe_backend()
    run = Run(
        folder,
        RunConfig(
            run_id=run_id,
            train=config,
            data_fingerprint=dataset.fingerprint,
            synthetic=dataset.synthetic,
            counts=split_parts(dataset, config).counts(),
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


def train(
    run: Run,
    dataset: Dataset,
    observer: Observer | None = None,
    votes: Path | None = None,
    pretrained: list[Any] | None = None,
) -> None:
    """Trains `run` from its last finished epoch to its last one.

    Leaves the checkpoint in place: `export.finish` turns it into the final files.

    Args:
        run: made by `create_run` or found by `resume_run`.
        dataset: the images it was made for.
        observer: told of steps and epochs.
        votes: CSV of FER+ votes, for `labels = ferplus`; `paths.ferplus_file()` when None.
        pretrained: weights of the backbone (`pretrained.pretrained_weights`), for a transfer
            run that has no checkpoint yet.

    Raises:
        DataError: FER+ votes are asked for and cannot be read.
        KeyboardInterrupt: Ctrl-C or SIGTERM; the state is `stopped`.
        TrainingError: the disk is full, or the loss is no longer a number; `failed`.
        RunError: another process trains this run, or one that it learns from cannot be loaded.
    """
    with alone(run), log_to(run), recorded(run) as check_interrupt:
        load_backend()
        config = run.config.train
        parts = split_parts(dataset, config)
        targets = training_targets(parts.train, config, votes)
        observer = _Heeding(observer or Silent(), check_interrupt)
        _train(run, parts, targets, observer, pretrained)


def _train(
    run: Run,
    parts: Parts,
    targets: Targets,
    observer: Observer,
    pretrained: list[Any] | None,
) -> None:
    config = run.config.train
    weights = loss_weights(parts.train, config)
    teachers = load_teachers(config, run.folder.parent)
    epoch = checkpoint.finished_epochs(run.checkpoint_path)
    networks = build_for_training(config, weights, teachers, max(0, epoch - 1))
    progress = Progress(0, [], ScheduleState(config.learning_rate))
    if pretrained is not None:
        set_backbone(networks.core, pretrained)
    if checkpoint.exists(run.checkpoint_path):
        progress = checkpoint.restore(run.checkpoint_path, networks)
        logging.getLogger(__name__).info("Resumed after epoch %d.", progress.epoch)
    elif initial := find_initial(config, run.folder.parent):
        start_from(initial, networks.core)
    run.write_history(progress.history)
    report(run, State.RUNNING, progress.epoch)
    while progress.epoch < config.epochs and not progress.schedule.ended:
        if is_transfer(config) and progress.epoch == config.frozen_epochs > 0:
            networks = _unfrozen(networks, config, weights, teachers)
        logs = _fit_epoch(run, networks, parts, targets, progress, observer)
        progress = _validated(networks, parts, config, progress, logs)
        row = progress.history[-1]
        checkpoint.save(run.checkpoint_path, networks, progress)
        run.write_history(progress.history)
        report(run, State.RUNNING, progress.epoch)
        _log_epoch(row, config.epochs)
        observer.on_epoch(row)


def _unfrozen(
    networks: Networks, config: TrainConfig, weights: NDArray[np.float32], teachers: list[Any]
) -> Networks:
    """The same weights with the backbone trained as well, and a fresh optimizer."""
    unfrozen = build_for_training(config, weights, teachers, config.frozen_epochs)
    unfrozen.core.set_weights(networks.core.get_weights())
    return unfrozen


def _fit_epoch(
    run: Run,
    networks: Networks,
    parts: Parts,
    targets: Targets,
    progress: Progress,
    observer: Observer,
) -> dict[str, float]:
    """One pass over the training images: accuracy, loss, learning rate, seconds."""
    config, epoch = run.config.train, progress.epoch
    start = time.perf_counter()
    rate = learning_rate(progress.schedule, config, epoch)
    networks.optimizer.learning_rate = rate
    logs = networks.training.fit(
        epoch_batches(parts.train, targets, config.batch_size, config.seed, epoch),
        shuffle=False,
        verbose=0,
        callbacks=[_step_callback(run, epoch, observer)],
    ).history
    return {
        "epoch": epoch + 1,
        "accuracy": logs["accuracy"][0],
        "loss": logs["loss"][0],
        "learning_rate": rate,
        "seconds": time.perf_counter() - start,
    }


def _validated(
    networks: Networks,
    parts: Parts,
    config: TrainConfig,
    progress: Progress,
    logs: dict[str, float],
) -> Progress:
    """The progress after an epoch: its history row, and the weights to export so far.

    Validation figures are those of the weights that would be exported. Without
    validation images they are not a number.
    """
    start = time.perf_counter()
    with averaged(networks, config, parts.train.images):
        validation = {"accuracy": math.nan, "loss": math.nan}
        if len(parts.validation):
            validation = networks.training.evaluate(
                ordered_batches(parts.validation, _VALIDATION_BATCH), verbose=0, return_dict=True
            )
        row = {
            "epoch": logs["epoch"],
            "accuracy": round(logs["accuracy"], 6),
            "loss": round(logs["loss"], 6),
            "val_accuracy": round(validation["accuracy"], 6),
            "val_loss": round(validation["loss"], 6),
            "learning_rate": logs["learning_rate"],
            "seconds": round(logs["seconds"] + time.perf_counter() - start, 1),
        }
        _check_finite(row, validated=len(parts.validation) > 0)
        advance(progress.schedule, config, row)
        serving, serving_epoch = progress.serving, progress.serving_epoch
        is_best = progress.schedule.best_epoch == row["epoch"]
        if is_best if config.keep_best else config.weight_average:
            serving, serving_epoch = networks.core.get_weights(), int(row["epoch"])
    history = [*progress.history, row]
    return Progress(int(row["epoch"]), history, progress.schedule, serving, serving_epoch)


def _check_finite(row: dict[str, float], validated: bool) -> None:
    if not math.isfinite(row["loss"]) or (validated and not math.isfinite(row["val_loss"])):
        raise TrainingError(
            f"The loss is no longer a number in epoch {row['epoch']:.0f}. Use a lower learning "
            "rate; the epochs before this one are kept."
        )


def _step_callback(run: Run, epoch: int, observer: Observer) -> Any:
    import keras

    class Steps(keras.callbacks.Callback):  # type: ignore[misc]
        """Forwards steps and keeps the heartbeat fresh."""

        beat = time.monotonic()

        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            step, steps = batch + 1, self.params["steps"]
            observer.on_step(epoch + 1, step, steps, logs or {})
            if time.monotonic() - self.beat > HEARTBEAT_SECONDS:
                self.beat = time.monotonic()
                report(run, State.RUNNING, epoch, step=step, steps=steps, stage="Training")

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
