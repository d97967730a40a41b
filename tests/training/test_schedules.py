"""The plateau schedule halves when the validation loss stops falling."""

from fer_core.config import Schedule, TrainConfig
from fer_core.training.schedules import ScheduleState, advance


def _rates(losses: list[float], config: TrainConfig) -> list[float]:
    state = ScheduleState(config.learning_rate)
    rates = []
    for loss in losses:
        advance(state, config, loss)
        rates.append(state.learning_rate)
    return rates


def test_plateau_waits_for_its_patience_then_multiplies():
    config = TrainConfig(schedule=Schedule.PLATEAU, plateau_patience=2, learning_rate=0.1)

    assert _rates([1.0, 0.9, 0.9, 0.95, 0.8, 0.9, 0.9], config) == [
        *(0.1, 0.1, 0.1),
        *(0.05, 0.05, 0.05),
        0.025,
    ]


def test_constant_stays():
    assert _rates([1.0, 2.0, 3.0, 4.0, 5.0], TrainConfig(learning_rate=0.1)) == [0.1] * 5
