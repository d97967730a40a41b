"""Learning rates over the epochs, the best epoch, and when to end early.

The state is plain data, kept in the checkpoint.
"""

import math
from dataclasses import dataclass

from fer_core.config import Schedule, TrainConfig
from fer_core.models.transfer import is_frozen, is_transfer

_MIN_DELTA = 1e-4
_MIN_LEARNING_RATE = 1e-6


@dataclass
class ScheduleState:
    """What is remembered between epochs; epochs count from 1, 0 is before the first.

    The first three are of the plateau schedule, `epochs_without_gain` since `best_val_loss` last
    fell; the rates of the others follow from the epoch. `best_epoch` is that of the highest
    validation accuracy; `ended` says whether early stopping ended the run.
    """

    learning_rate: float
    best_val_loss: float = float("inf")
    epochs_without_gain: int = 0
    best_val_accuracy: float = float("-inf")
    best_epoch: int = 0
    ended: bool = False


def learning_rate(state: ScheduleState, config: TrainConfig, epoch: int) -> float:
    """Learning rate of an epoch (index from 0), given the state after the one before.

    During warm-up it is a rising share of the start's, afterwards the schedule's. Once a
    pretrained backbone is trained as well, `fine_tuning_rate` stands for the start's: constant,
    times what the plateau schedule has come down to, or along its own half cosine to the last
    epoch.
    """
    if is_transfer(config) and not is_frozen(config, epoch):
        start, begin = config.fine_tuning_rate, config.frozen_epochs
    elif epoch < config.warmup_epochs:
        return config.learning_rate * (epoch + 1) / (config.warmup_epochs + 1)
    elif config.schedule is Schedule.COSINE:
        start, begin = config.learning_rate, config.warmup_epochs
    else:
        return state.learning_rate
    if config.schedule is not Schedule.COSINE:
        return start * (state.learning_rate / config.learning_rate)
    done = (epoch - begin) / max(1, config.epochs - begin)
    return start * (1 + math.cos(math.pi * done)) / 2


def advance(state: ScheduleState, config: TrainConfig, row: dict[str, float]) -> None:
    """Updates `state` after the epoch of history row `row`. The plateau schedule follows Keras'
    ReduceLROnPlateau with its defaults for `min_delta` and `cooldown`.
    """
    if row["val_accuracy"] > state.best_val_accuracy:
        state.best_val_accuracy = row["val_accuracy"]
        state.best_epoch = int(row["epoch"])
    patience = config.early_stopping
    state.ended = bool(patience) and row["epoch"] - state.best_epoch >= patience
    if config.schedule is Schedule.PLATEAU:
        _advance_plateau(state, config, row["val_loss"])


def _advance_plateau(state: ScheduleState, config: TrainConfig, val_loss: float) -> None:
    if val_loss < state.best_val_loss - _MIN_DELTA:
        state.best_val_loss = val_loss
        state.epochs_without_gain = 0
        return
    state.epochs_without_gain += 1
    if state.epochs_without_gain >= config.plateau_patience:
        state.learning_rate = max(state.learning_rate * config.plateau_factor, _MIN_LEARNING_RATE)
        state.epochs_without_gain = 0
