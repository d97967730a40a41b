"""Calibration figures on answers whose truth is known by construction."""

import numpy as np
import pytest
from sklearn.metrics import log_loss as sklearn_log_loss

from fer_core.evaluation.calibration import (
    abstention_threshold,
    coverage_curve,
    expected_calibration_error,
    fit_temperature,
    fit_temperature_by_loss,
    log_loss,
    reliability,
    rescale,
)


@pytest.fixture
def honest() -> tuple[np.ndarray, np.ndarray]:
    """Scores whose labels are drawn from them: perfectly calibrated."""
    rng = np.random.default_rng(0)
    scores = rng.dirichlet(np.full(7, 0.3), 20_000)
    labels = (rng.random((20_000, 1)) > scores.cumsum(axis=1)).sum(axis=1)
    return scores, np.minimum(labels, 6)


@pytest.mark.parametrize("fit", [fit_temperature, fit_temperature_by_loss])
@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
def test_the_fit_undoes_a_known_temperature(honest, fit, temperature):
    scores, labels = honest

    found = fit(rescale(scores, 1 / temperature), labels)

    assert found == pytest.approx(temperature, rel=0.05)


def test_a_network_that_learned_smoothed_labels_is_as_sure_as_it_is_right(honest):
    scores, labels = honest
    smoothed = 0.9 * scores + 0.1 / 7

    fitted = rescale(smoothed, fit_temperature(smoothed, labels))
    by_loss = rescale(smoothed, fit_temperature_by_loss(smoothed, labels))

    accuracy = (scores.argmax(axis=1) == labels).mean()
    assert fitted.max(axis=1).mean() == pytest.approx(accuracy, abs=1e-4)
    assert by_loss.max(axis=1).mean() > accuracy + 0.01


@pytest.mark.parametrize(("shift", "expected"), [(0, 0.05), (1, 20.0)])
def test_all_right_or_all_wrong_gives_the_nearer_end(honest, shift, expected):
    scores, _ = honest

    assert fit_temperature(scores, (scores.argmax(axis=1) + shift) % 7) == expected


def test_scores_of_a_network_that_is_very_sure_come_back(honest):
    """Its second-best answers lie far below 1e-7 in float32."""
    scores, _ = honest
    cool = rescale(np.clip(scores, 1e-4, 1), 1.0)

    sure = rescale(cool, 1 / 8).astype(np.float32)

    assert sure.min() < 1e-20
    np.testing.assert_allclose(rescale(sure, 8), cool, rtol=1e-3)


def test_rescaling_keeps_the_answer_and_the_sum(honest):
    scores, _ = honest
    cooled = rescale(scores, 3.0)

    assert (cooled.argmax(axis=1) == scores.argmax(axis=1)).all()
    np.testing.assert_allclose(cooled.sum(axis=1), 1)
    assert cooled.max(axis=1).mean() < scores.max(axis=1).mean()


def test_log_loss_is_scikit_learns(honest):
    scores, labels = honest

    cooled = rescale(scores, 2.0)

    expected = sklearn_log_loss(labels, cooled, labels=range(7))
    assert log_loss(cooled, labels) == pytest.approx(expected, rel=1e-5)


def test_honest_scores_have_almost_no_error_and_bold_ones_do(honest):
    scores, labels = honest

    assert expected_calibration_error(scores, labels) < 0.01
    assert expected_calibration_error(rescale(scores, 0.3), labels) > 0.05


def test_reliability_counts_every_image_once_in_its_bin():
    scores = np.array([[0.5, 0.5, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0], [0.6, 0.4, 0, 0, 0, 0, 0]])
    table = reliability(scores, np.array([0, 0, 1]), bins=2)

    assert table["n"].tolist() == [1, 2]
    assert table["confidence"].tolist() == pytest.approx([0.5, 0.8])
    assert table["accuracy"].tolist() == [1.0, 0.5]


def test_coverage_runs_from_the_surest_answer_to_all(honest):
    scores, labels = honest
    curve = coverage_curve(scores, labels)

    assert curve.coverage[0] == 1
    assert curve.accuracy[0] == pytest.approx((scores.argmax(axis=1) == labels).mean())
    assert (np.diff(curve.threshold) > 0).all()
    assert (np.diff(curve.coverage) < 0).all()


def test_equal_confidences_are_answered_together():
    scores = np.array([[0.9, 0.1, 0, 0, 0, 0, 0]] * 4)
    curve = coverage_curve(scores, np.array([0, 0, 1, 1]))

    assert curve.coverage.tolist() == [1.0]
    assert curve.accuracy.tolist() == [0.5]


def test_answers_above_the_threshold_are_as_right_as_wanted(honest):
    scores, labels = honest
    threshold = abstention_threshold(scores, labels, wanted=0.8)
    kept = scores.max(axis=1) >= threshold

    assert 0 < threshold < 1
    assert (scores.argmax(axis=1) == labels)[kept].mean() >= 0.8 - 1e-3


def test_no_threshold_where_none_helps_or_none_is_needed():
    scores = np.full((50, 7), 1 / 7)
    sure = np.eye(7)[np.arange(50) % 7]

    assert abstention_threshold(scores, np.arange(50) % 7) is None
    assert abstention_threshold(sure, np.arange(50) % 7) == 0.0
    assert abstention_threshold(sure[:0], np.arange(0)) is None


def test_no_image_no_figure():
    none = np.empty((0, 7))

    assert fit_temperature(none, np.empty(0, int)) == 1.0
    assert fit_temperature_by_loss(none, np.empty(0, int)) == 1.0
    assert np.isnan(expected_calibration_error(none, np.empty(0, int)))
