"""Reliability diagram and accuracy over coverage as figures."""

import pytest

from fer_core.evaluation.calibration import answered_above, before_and_after, coverage_curve
from fer_core.plots.calibration import coverage_figure, reliability_figure
from tests.builders import make_predictions


@pytest.fixture(scope="module")
def predictions():
    return make_predictions(700, accuracy=0.5, seed=4).subset("test")


def test_bins_without_images_are_not_drawn(predictions):
    before, after = before_and_after(predictions, 1.7)

    bars, _, marks = reliability_figure(after, before).data

    assert len(bars.x) == (after.bins["n"] > 0).sum() < len(after.bins)
    assert bars.customdata[:, 0].sum() == marks.customdata[:, 0].sum() == len(predictions)


def test_without_a_temperature_there_is_no_before(predictions):
    _, after = before_and_after(predictions, 1.0)

    assert [trace.name for trace in reliability_figure(after, None).data] == ["as exported", None]


def test_the_apps_threshold_lies_on_the_coverage_curve(predictions):
    curve = coverage_curve(predictions.y_score, predictions.y_true)
    answered = answered_above(predictions, 0.6)

    line, mark = coverage_figure(curve, answered).data

    assert (line.x[0], line.x[-1]) == (100, pytest.approx(100 * curve.coverage[-1]))
    assert len(line.x) <= 300 < len(curve.coverage)
    assert mark.x[0] == pytest.approx(100 * answered.coverage)
    assert mark.y[0] == pytest.approx(100 * answered.accuracy)


def test_nothing_is_marked_where_nothing_is_answered(predictions):
    curve = coverage_curve(predictions.y_score, predictions.y_true)

    assert len(coverage_figure(curve, None).data) == 1
    assert len(coverage_figure(curve, answered_above(predictions, 1.1)).data) == 1
