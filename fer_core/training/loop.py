"""The training loop: an explicit walk over the epochs that leaves a run folder.

After each epoch a checkpoint is written, so a kill at any time loses at most the
epoch in progress, and a resumed run ends at the same weights as one without interruption.

    python -m fer_core train --preset report-baseline --run-id mine
    python -m fer_core train --resume mine
"""

import logging
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset
from fer_core.errors import TrainingError
from fer_core.models.imagenet import weights
from fer_core.runs.store import Run
from fer_core.training import checkpoint
from fer_core.training.averaging import averaged
from fer_core.training.batches import epoch_batches, ordered_batches
from fer_core.training.checkpoint import Progress
from fer_core.training.distribution import spread
from fer_core.training.machine import load_backend, seed_epoch
from fer_core.training.other_runs import find_initial, start_from
from fer_core.training.parts import Parts, split_parts
from fer_core.training.phases import Phase, build_phase, hand_over
from fer_core.training.recording import Heartbeat, alone, log_to, recorded, report
from fer_core.training.schedules import ScheduleState, advance, learning_rate
from fer_core.training.targets import check_votes

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


def train(
    run: Run,
    dataset: Dataset,
    observer: Observer | None = None,
    votes: Path | None = None,
    pretrained: list[Any] | None = None,
) -> None:
    """Trains `run` from its last finished epoch to its last one.

    Leaves the checkpoint in place: `export.finish` turns it into the final files. A transfer run
    that has no checkpoint yet starts from `pretrained` weights (`models.imagenet.weights`); the
    CSV of FER+ votes is `paths.ferplus_file()` when None.

    Raises:
        DataError: FER+ votes are asked for and cannot be read.
        KeyboardInterrupt: Ctrl-C or SIGTERM; the state is `stopped`.
        TrainingError: the disk is full, or the loss is no longer a number; `failed`.
        RunError: another process trains this run, or one that it learns from cannot be loaded.
    """
    config, observer = run.config.train, observer or Silent()
    with alone(run), log_to(run), recorded(run) as check_interrupt:
        check_votes(config, votes)
        load_backend()
        parts = split_parts(dataset, config)
        with spread(config, len(parts.train)):
            epoch = checkpoint.finished_epochs(run.checkpoint_path)
            phase = build_phase(run, max(0, epoch - 1), parts.train, votes)
            progress = _begin(run, phase, pretrained)
            run.write_history(progress.history)
            report(run, progress.epoch)
            while progress.epoch < config.epochs and not progress.schedule.ended:
                if not phase.lasts(config, progress.epoch):
                    before, phase = phase, build_phase(run, progress.epoch, parts.train, votes)
                    progress = hand_over(before, phase, progress)
                callback = step_callback(run, progress.epoch, observer, check_interrupt)
                progress = _train_epoch(config, phase, parts, progress, callback)
                checkpoint.save(run.checkpoint_path, phase.networks, progress)
                tell(run, progress, observer)
                check_interrupt()


def first_weights(run: Run, file: Callable[[], Path | None] = lambda: None) -> list[Any] | None:
    """The ImageNet weights that a run starts from, of `file` where that gives one; None where it
    needs none or has begun. A start that failed must not go on at random.

    Raises:
        TrainingError: they cannot be had.
    """
    if checkpoint.exists(run.checkpoint_path):
        return None
    return weights.pretrained_weights(run.config.train, file())


def tell(run: Run, progress: Progress, observer: Observer) -> None:
    """Says in the folder, the log and to the observer how an epoch ended."""
    run.write_history(progress.history)
    report(run, progress.epoch)
    row = progress.history[-1]
    logging.getLogger(__name__).info(
        "Epoch %d/%d: accuracy %.4f, loss %.4f, val_accuracy %.4f, val_loss %.4f, %.0f s",
        *(row["epoch"], run.config.train.epochs, row["accuracy"], row["loss"]),
        *(row["val_accuracy"], row["val_loss"], row["seconds"]),
    )
    observer.on_epoch(row)


def _begin(run: Run, phase: Phase, pretrained: list[Any] | None) -> Progress:
    """Gives the phase its first weights, or those of the checkpoint; where that stands."""
    networks = phase.networks
    if checkpoint.exists(run.checkpoint_path):
        progress = checkpoint.restore(run.checkpoint_path, networks)
        logging.getLogger(__name__).info("Resumed after epoch %d.", progress.epoch)
        return progress
    if pretrained is not None:
        weights.set_backbone(networks.core, pretrained)
    if initial := find_initial(run.config.train, run.folder.parent):
        start_from(initial, networks.core)
    return Progress(0, [], ScheduleState(phase.config.learning_rate))


def step_callback(
    run: Run, epoch: int, observer: Observer, check_interrupt: Callable[[], None]
) -> Any:
    """A Keras callback for the steps of an epoch (index from 0): tells `observer`, keeps the
    heartbeat fresh, and ends training where a Ctrl-C was lost.
    """
    import keras

    heartbeat = Heartbeat(run)

    class Steps(keras.callbacks.Callback):  # type: ignore[misc]
        first = 0.0  # when the first step had ended, which also compiles

        def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
            seed_epoch(run.config.train.seed, epoch)

        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            step, steps = batch + 1, self.params["steps"]
            now = time.perf_counter()
            self.first = now if batch == 0 else self.first
            each = (now - self.first) / batch if batch else 0.0
            observer.on_step(epoch + 1, step, steps, logs or {})
            check_interrupt()
            heartbeat.beat(epoch, step=step, steps=steps, step_seconds=each, stage="Training")

    return Steps()


def check_loss(row: dict[str, float]) -> None:
    """Raises `TrainingError` where the losses of an epoch's row are no numbers."""
    if not math.isfinite(row["loss"] + row["val_loss"]):
        raise TrainingError(
            f"The loss is no longer a number in epoch {row['epoch']:.0f}. Use a lower "
            "learning rate; the epochs before this one are kept."
        )


def _train_epoch(
    config: TrainConfig, phase: Phase, parts: Parts, progress: Progress, callback: Any
) -> Progress:
    """Trains the next epoch of the run of `config` and validates the weights to export.

    Raises:
        TrainingError: the loss is no longer a number.
    """
    start = time.perf_counter()
    own, within = phase.config, config.phase_at(progress.epoch)[1]
    rate = learning_rate(progress.schedule, own, within)
    phase.networks.optimizer.learning_rate = rate
    logs = phase.networks.training.fit(
        epoch_batches(parts.train, phase.targets, own.batch_size, own.seed, within),
        shuffle=False,
        verbose=0,
        callbacks=[callback],
    ).history
    with averaged(phase.networks, own, parts.train.images):
        validation = phase.networks.training.evaluate(
            ordered_batches(parts.validation, _VALIDATION_BATCH), verbose=0, return_dict=True
        )
        row = {
            "epoch": progress.epoch + 1,
            "accuracy": round(logs["accuracy"][0], 6),
            "loss": round(logs["loss"][0], 6),
            "val_accuracy": round(validation["accuracy"], 6),
            "val_loss": round(validation["loss"], 6),
            "learning_rate": rate,
            "seconds": round(time.perf_counter() - start, 1),
        } | ({"phase": phase.number} if config.phases else {})
        check_loss(row)
        advance(progress.schedule, own, row)
        serving, serving_epoch = progress.serving, progress.serving_epoch
        is_best = progress.schedule.best_epoch == row["epoch"]
        if is_best if own.keep_best else own.weight_average:
            serving, serving_epoch = phase.networks.core.get_weights(), int(row["epoch"])
    history = [*progress.history, row]
    return Progress(int(row["epoch"]), history, progress.schedule, serving, serving_epoch)
