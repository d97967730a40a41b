"""Learning rates over the epochs; the state is plain data, kept in the checkpoint."""

from dataclasses import dataclass

from fer_core.config import Schedule, TrainConfig

_MIN_DELTA = 1e-4
_MIN_LEARNING_RATE = 1e-6


@dataclass
class ScheduleState:
    """What the schedule remembers between epochs."""

    learning_rate: float
    best_val_loss: float = float("inf")
    epochs_without_gain: int = 0


def advance(state: ScheduleState, config: TrainConfig, val_loss: float) -> None:
    """Updates `state` after an epoch, as Keras' ReduceLROnPlateau does with its defaults
    for `min_delta` and `cooldown`.

    Args:
        state: changed in place; its `learning_rate` holds for the next epoch.
        config: schedule and its factor and patience.
        val_loss: validation loss of the epoch that ended.
    """
    if config.schedule is Schedule.CONSTANT:
        return
    if val_loss < state.best_val_loss - _MIN_DELTA:
        state.best_val_loss = val_loss
        state.epochs_without_gain = 0
        return
    state.epochs_without_gain += 1
    if state.epochs_without_gain >= config.plateau_patience:
        state.learning_rate = max(state.learning_rate * config.plateau_factor, _MIN_LEARNING_RATE)
        state.epochs_without_gain = 0
