"""Smoothing and the best epoch, as the Training curves page draws them."""

import numpy as np
import pandas as pd

from fer_core.config import TrainConfig
from fer_core.evaluation.history import best_epoch, long_table, smooth, summary, with_new_losses


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

    assert len(table) == 3


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
