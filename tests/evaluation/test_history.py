"""Smoothing and the best epoch, as the Training curves page draws them."""

import numpy as np
import pandas as pd
import pytest

from fer_core.config import TrainConfig
from fer_core.evaluation.history import (
    CROSS_ENTROPY,
    best_epoch,
    long_table,
    loss_kind,
    loss_kinds,
    losses_of_kind,
    rises_from,
    smooth,
    summary,
    with_new_losses,
)


def _history(val_accuracy: list[float]) -> pd.DataFrame:
    n = len(val_accuracy)
    columns = {name: np.linspace(0.1, 0.9, n) for name in ("accuracy", "loss", "val_loss")}
    return pd.DataFrame({"epoch": range(1, n + 1), "val_accuracy": val_accuracy} | columns)


def test_no_smoothing_leaves_the_values():
    values = np.array([0.1, 0.5, 0.2])

    np.testing.assert_allclose(smooth(values, 0.0), values)


def test_smoothing_narrows_the_range_and_keeps_a_constant():
    values = np.array([0.0, 1.0, 0.0, 1.0, 0.0, 1.0])

    assert np.ptp(smooth(values, 0.8)) < np.ptp(values)
    np.testing.assert_allclose(smooth(np.full(5, 0.3), 0.8), 0.3)


def test_the_best_epoch_is_that_of_validation_accuracy():
    assert best_epoch(_history([0.3, 0.5, 0.4])) == 2


def test_a_run_without_an_epoch_has_no_best():
    assert best_epoch(_history([])) is None


def test_the_download_holds_every_epoch_of_every_run():
    table = long_table({"one": _history([0.3, 0.5]), "two": _history([0.4])})

    assert table["run"].tolist() == ["one", "one", "two"]
    assert table["epoch"].tolist() == [1, 2, 1]
    assert table["val_accuracy"].tolist() == [0.3, 0.5, 0.4]


def test_a_run_without_validation_has_a_row_without_a_best_epoch():
    history = pd.DataFrame(
        {
            "epoch": [1, 2],
            "accuracy": [0.4, 0.6],
            "loss": [1.5, 1.1],
            "val_accuracy": [np.nan, np.nan],
            "val_loss": [np.nan, np.nan],
        }
    )

    table = summary({"final": history})

    assert best_epoch(history) is None
    assert table["last_accuracy"].tolist() == [0.6]
    missing = ["best_epoch", "best_val_accuracy", "gap", "lowest_val_loss"]
    assert table[missing].isna().all(axis=None)


def test_losses_that_measure_something_else_do_not_compete_for_the_lowest():
    config = TrainConfig(phases=({"epochs": 2}, {"epochs": 1}, {"epochs": 1, "teachers": ("a",)}))
    whole = with_new_losses(_history([0.3, 0.6, 0.4, 0.5]).assign(phase=[1, 1, 2, 3]), config)

    assert whole["new_loss"].tolist() == [False, False, False, True]
    assert summary({"run": whole})["lowest_val_loss_epoch"].tolist() == [4]
    assert best_epoch(whole) == 2


def test_smoothing_begins_after_a_gap():
    values = np.array([np.nan, np.nan, 1.0, 2.0])

    np.testing.assert_allclose(smooth(values, 0.0), values)
    np.testing.assert_allclose(smooth(values, 0.5), [np.nan, np.nan, 1.0, 5 / 3])


def _taught() -> pd.DataFrame:
    """Two epochs without a teacher, two with one."""
    config = TrainConfig(phases=({"epochs": 2}, {"epochs": 2, "teachers": ("a",)}))
    return with_new_losses(_history([0.3, 0.6, 0.4, 0.5]).assign(phase=[1, 1, 2, 2]), config)


def test_losses_of_different_kinds_are_told_apart():
    kinds = [
        TrainConfig(label_smoothing=0.1),
        TrainConfig(mixup=0.2),
        TrainConfig(labels="ferplus", ferplus_share=0.3),
        TrainConfig(loss="focal"),
        TrainConfig(class_weights=True),
        TrainConfig(teachers=("a",)),
        TrainConfig(teachers=("b", "a")),
    ]

    assert [loss_kind(config) for config in kinds] == [
        *[CROSS_ENTROPY] * 3,
        "focal loss, gamma 2",
        "cross-entropy, weighted by class",
        "cross-entropy, 70 % from a, T = 2",
        "cross-entropy, 70 % from a and b, T = 2",
    ]


@pytest.mark.parametrize(
    "change", [{"label_smoothing": 0.1}, {"mixup": 0.2}, {"labels": "ferplus"}]
)
def test_what_changes_training_targets_alone_leaves_the_validation_loss_whole(change):
    config = TrainConfig(phases=({"epochs": 2}, {"epochs": 2, **change}))
    history = _history([0.3, 0.6, 0.4, 0.5]).assign(
        phase=[1, 1, 2, 2], val_loss=[1.2, 0.9, 1.3, 1.4]
    )

    whole = with_new_losses(history, config)

    assert not whole["new_loss"].any()
    assert summary({"run": whole})["lowest_val_loss_epoch"].tolist() == [2]
    assert len(loss_kinds({"run": whole})) == 1
    assert rises_from(whole) is not None


def test_losses_of_runs_with_other_teachers_are_not_ranked_together():
    runs = {
        name: with_new_losses(
            _history([0.3, 0.6]).assign(phase=np.nan), TrainConfig(teachers=teachers)
        )
        for name, teachers in (("one", ("a",)), ("two", ("b",)), ("three", ("a",)))
    }

    first, second = loss_kinds(runs)

    assert list(losses_of_kind(runs, first)) == ["one", "three"]
    assert list(losses_of_kind(runs, second)) == ["two"]


def test_only_losses_of_the_kind_asked_for_are_left():
    whole = {"taught": _taught(), "theirs": _history([0.3, 0.5])}
    plain, other = loss_kinds(whole)
    assert plain == CROSS_ENTROPY

    one, rest = losses_of_kind(whole, plain), losses_of_kind(whole, other)

    assert one["taught"]["val_loss"].notna().tolist() == [True, True, False, False]
    assert one["taught"]["val_accuracy"].notna().all()
    assert list(rest) == ["taught"]
    assert rest["taught"]["loss"].notna().tolist() == [False, False, True, True]


def test_a_loss_rises_again_where_it_ends_well_above_its_lowest():
    history = _history([0.3] * 6)

    assert rises_from(history.assign(val_loss=[2, 1, 1.2, 1.4, 1.5, 1.5])) == (2, 0.5)
    assert rises_from(history.assign(val_loss=[2, 1, 1, 1.01, 1.02, 1.02])) is None
    assert rises_from(history.assign(val_loss=np.nan)) is None
