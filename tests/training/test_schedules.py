"""Learning rates over the epochs, the best epoch and the early end."""

import pytest

from fer_core.config import Schedule, TrainConfig
from fer_core.training.schedules import ScheduleState, advance, learning_rate


def _row(epoch: int, *, val_loss: float = 1.0, val_accuracy: float = 0.5) -> dict[str, float]:
    return {"epoch": epoch, "val_loss": val_loss, "val_accuracy": val_accuracy}


def _rates(losses: list[float], config: TrainConfig) -> list[float]:
    """Learning rate of the epoch after each loss."""
    state = ScheduleState(config.learning_rate)
    rates = []
    for epoch, loss in enumerate(losses, start=1):
        advance(state, config, _row(epoch, val_loss=loss))
        rates.append(learning_rate(state, config, epoch))
    return rates


def test_plateau_waits_for_its_patience_then_multiplies():
    config = TrainConfig(schedule=Schedule.PLATEAU, plateau_patience=2, learning_rate=0.1)

    assert _rates([1.0, 0.9, 0.9, 0.95, 0.8, 0.9, 0.9], config) == [
        *(0.1, 0.1, 0.1),
        *(0.05, 0.05, 0.05),
        0.025,
    ]


@pytest.mark.parametrize("frozen", [0, 2])
def test_plateau_goes_on_once_a_backbone_is_trained(frozen):
    config = TrainConfig(
        model="mobilenetv2",
        schedule=Schedule.PLATEAU,
        plateau_patience=2,
        learning_rate=0.1,
        frozen_epochs=frozen,
        fine_tuning_rate=0.004,
    )
    rates = _rates([1.0, 0.9, 0.9, 0.95, 0.8, 0.9, 0.9], config)

    assert rates == pytest.approx(
        [0.004 if frozen == 0 else 0.1, 0.004, 0.004, *[0.002] * 3, 0.001]
    )


def test_constant_stays():
    assert _rates([1.0, 2.0, 3.0, 4.0, 5.0], TrainConfig(learning_rate=0.1)) == [0.1] * 5


def test_cosine_falls_from_the_start_to_almost_nothing():
    config = TrainConfig(schedule=Schedule.COSINE, epochs=10, learning_rate=0.1)
    state = ScheduleState(0.1)

    rates = [learning_rate(state, config, epoch) for epoch in range(10)]

    assert rates[0] == pytest.approx(0.1)
    assert rates[5] == pytest.approx(0.05)
    assert rates == sorted(rates, reverse=True)
    assert 0 < rates[-1] < 0.005


def test_warm_up_rises_in_equal_steps_to_the_start():
    config = TrainConfig(warmup_epochs=4, learning_rate=0.1)
    state = ScheduleState(0.1)

    rates = [learning_rate(state, config, epoch) for epoch in range(6)]

    assert rates == pytest.approx([0.02, 0.04, 0.06, 0.08, 0.1, 0.1])


def test_early_stopping_counts_epochs_since_the_best():
    config = TrainConfig(early_stopping=2)
    state = ScheduleState(0.1)
    ended = []
    for epoch, accuracy in enumerate([0.5, 0.6, 0.55, 0.6, 0.4], start=1):
        advance(state, config, _row(epoch, val_accuracy=accuracy))
        ended.append(state.ended)

    assert ended == [False, False, False, True, True]
    assert state.best_epoch == 2


def test_without_validation_nothing_is_best_and_nothing_ends():
    state = ScheduleState(0.1)

    advance(state, TrainConfig(), _row(1, val_loss=float("nan"), val_accuracy=float("nan")))

    assert (state.best_epoch, state.ended) == (0, False)
