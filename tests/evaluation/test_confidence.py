"""Calibration and abstaining of a run as it is stored."""

import numpy as np
import pytest

from fer_core.evaluation.calibration import (
    answered_above,
    before_and_after,
    coverage_curve,
    coverage_table,
    expected_calibration_error,
    log_loss,
    rescale,
)
from fer_core.runs.store import Predictions
from tests.builders import make_predictions


@pytest.fixture
def predictions():
    return make_predictions(700, accuracy=0.5, seed=4).subset("test")


def test_the_scores_before_the_temperature_are_recovered(predictions):
    stored = rescale(predictions.y_score, 1.7).astype(np.float32)
    run = Predictions(predictions.path, predictions.split, predictions.y_true, stored)

    before, after = before_and_after(run, 1.7)

    true = predictions.y_true
    assert before.error == pytest.approx(
        expected_calibration_error(predictions.y_score, true), abs=1e-4
    )
    assert before.log_loss == pytest.approx(log_loss(predictions.y_score, true), abs=1e-4)
    assert after.error == pytest.approx(expected_calibration_error(stored, true))
    assert before.accuracy == after.accuracy == (predictions.y_pred == true).mean()
    assert before.confidence > after.confidence
    assert before.bins["n"].sum() == after.bins["n"].sum() == len(predictions)


def test_without_a_temperature_nothing_changes(predictions):
    before, after = before_and_after(predictions, 1.0)

    assert before.error == pytest.approx(after.error, abs=1e-6)
    assert before.log_loss == pytest.approx(after.log_loss, abs=1e-6)


def test_what_is_answered_above_a_threshold(predictions):
    answered = answered_above(predictions, 0.6)

    sure = predictions.y_score.max(axis=1) >= 0.6
    assert answered.images == sure.sum()
    assert answered.coverage == pytest.approx(sure.mean())
    right = predictions.y_pred == predictions.y_true
    assert answered.accuracy == pytest.approx(right[sure].mean())
    nothing = answered_above(predictions, 1.1)
    assert nothing.images == nothing.coverage == 0
    assert np.isnan(nothing.accuracy)


def test_the_table_of_the_curve_starts_with_all_images(predictions):
    table = coverage_table(coverage_curve(predictions.y_score, predictions.y_true))

    assert list(table.columns) == ["threshold", "coverage", "accuracy"]
    assert table["coverage"].iloc[0] == 1
