"""The training loop: an explicit walk over the epochs that leaves a run folder.

After each epoch a checkpoint is written, so a kill at any time loses at most the
epoch in progress, and a resumed run ends at the same weights as one without interruption.

    python -m fer_core train --preset report-baseline
    python -m fer_core train --resume report-baseline
"""

import logging
from pathlib import Path
from typing import Any

from fer_core.data.fer2013 import Dataset
from fer_core.models.imagenet.weights import set_backbone
from fer_core.runs.store import Run, State
from fer_core.training import checkpoint
from fer_core.training.checkpoint import Progress
from fer_core.training.epochs import train_epoch
from fer_core.training.machine import load_backend
from fer_core.training.observer import Heeding, Observer, step_callback
from fer_core.training.other_runs import find_initial, start_from
from fer_core.training.parts import Parts, split_parts
from fer_core.training.phases import Phase, build_phase, hand_over
from fer_core.training.recording import alone, log_to, recorded, report
from fer_core.training.schedules import ScheduleState


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
        run: of `training.create`.
        dataset: the images it was made for.
        observer: told of steps and epochs.
        votes: CSV of FER+ votes, for `labels = ferplus`; `paths.ferplus_file()` when None.
        pretrained: weights of the backbone (`models.imagenet.weights`), for a transfer run that
            has no checkpoint yet.

    Raises:
        DataError: FER+ votes are asked for and cannot be read.
        KeyboardInterrupt: Ctrl-C or SIGTERM; the state is `stopped`.
        TrainingError: the disk is full, or the loss is no longer a number; `failed`.
        RunError: another process trains this run, or one that it learns from cannot be loaded.
    """
    with alone(run), log_to(run), recorded(run) as check_interrupt:
        load_backend()
        parts = split_parts(dataset, run.config.train)
        _train(run, parts, Heeding(observer, check_interrupt), votes, pretrained)


def _train(
    run: Run, parts: Parts, observer: Observer, votes: Path | None, pretrained: list[Any] | None
) -> None:
    config = run.config.train
    epoch = checkpoint.finished_epochs(run.checkpoint_path)
    phase = build_phase(run, max(0, epoch - 1), parts.train, votes)
    progress = _begin(run, phase, pretrained)
    run.write_history(progress.history)
    report(run, State.RUNNING, progress.epoch)
    while progress.epoch < config.epochs and not progress.schedule.ended:
        if not phase.lasts(config, progress.epoch):
            before, phase = phase, build_phase(run, progress.epoch, parts.train, votes)
            progress = hand_over(before, phase, progress)
        callback = step_callback(run, progress.epoch, observer)
        progress = train_epoch(config, phase, parts, progress, callback)
        checkpoint.save(run.checkpoint_path, phase.networks, progress)
        run.write_history(progress.history)
        report(run, State.RUNNING, progress.epoch)
        row = progress.history[-1]
        logging.getLogger(__name__).info(
            "Epoch %d/%d: accuracy %.4f, loss %.4f, val_accuracy %.4f, val_loss %.4f, %.0f s",
            *(row["epoch"], config.epochs, row["accuracy"], row["loss"]),
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
        set_backbone(networks.core, pretrained)
    if initial := find_initial(run.config.train, run.folder.parent):
        start_from(initial, networks.core)
    return Progress(0, [], ScheduleState(phase.config.learning_rate))
