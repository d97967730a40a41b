"""One epoch: a pass over the training images, then validation of the weights to export."""

import math
import time
from typing import Any

from fer_core.config import TrainConfig
from fer_core.errors import TrainingError
from fer_core.training.averaging import averaged
from fer_core.training.batches import epoch_batches, ordered_batches
from fer_core.training.checkpoint import Progress
from fer_core.training.parts import Parts
from fer_core.training.phases import Phase
from fer_core.training.schedules import advance, learning_rate

_VALIDATION_BATCH = 256


def train_epoch(
    config: TrainConfig, phase: Phase, parts: Parts, progress: Progress, callback: Any
) -> Progress:
    """Trains the next epoch and validates it.

    Args:
        config: of the run.
        phase: what the epoch is trained with.
        parts: the images.
        progress: before the epoch.
        callback: of Keras, told of each step.

    Returns:
        The progress after the epoch: its history row, and the weights to export so far.

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
        _check_finite(row)
        advance(progress.schedule, own, row)
        serving, serving_epoch = progress.serving, progress.serving_epoch
        is_best = progress.schedule.best_epoch == row["epoch"]
        if is_best if own.keep_best else own.weight_average:
            serving, serving_epoch = phase.networks.core.get_weights(), int(row["epoch"])
    history = [*progress.history, row]
    return Progress(int(row["epoch"]), history, progress.schedule, serving, serving_epoch)


def _check_finite(row: dict[str, float]) -> None:
    if not math.isfinite(row["loss"] + row["val_loss"]):
        raise TrainingError(
            f"The loss is no longer a number in epoch {row['epoch']:.0f}. Use a lower learning "
            "rate; the epochs before this one are kept."
        )
