"""Curves and areas agree with scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics

from fer_core.evaluation.roc import (
    curve_table,
    one_against_rest,
    ranking_table,
    top_k_accuracy,
)
from tests.builders import make_predictions


@pytest.fixture(params=[0, 1, 2])
def predictions(request):
    """Random scores, with ties in one of the three."""
    made = make_predictions(280, accuracy=0.5, seed=request.param).subset("test")
    if request.param == 2:
        made.y_score[:] = np.round(made.y_score, 1)
    return made


@pytest.mark.parametrize("label", [0, 3, 6])
def test_areas_are_scikit_learns(predictions, label):
    curve = one_against_rest(predictions, label)
    is_class, score = predictions.y_true == label, predictions.y_score[:, label]

    assert curve.auc == pytest.approx(metrics.roc_auc_score(is_class, score))
    expected = metrics.average_precision_score(is_class, score)
    assert curve.average_precision == pytest.approx(expected)


def test_curve_points_are_scikit_learns(predictions):
    curve = one_against_rest(predictions, 2)
    is_class, score = predictions.y_true == 2, predictions.y_score[:, 2]

    rates, recalls, thresholds = metrics.roc_curve(is_class, score, drop_intermediate=False)
    np.testing.assert_allclose(curve.false_positive_rate, rates[1:])
    np.testing.assert_allclose(curve.recall, recalls[1:])
    np.testing.assert_allclose(curve.threshold, thresholds[1:])
    precision = metrics.precision_recall_curve(is_class, score)[0]
    np.testing.assert_allclose(curve.precision, precision[:-1][::-1])


def test_top_k_is_scikit_learns_without_ties():
    predictions = make_predictions(280, accuracy=0.5, seed=1).subset("test")

    for k in (1, 2, 3):
        expected = metrics.top_k_accuracy_score(
            predictions.y_true, predictions.y_score, k=k, labels=range(7)
        )
        assert top_k_accuracy(predictions, k) == pytest.approx(expected)


def test_a_class_without_images_has_no_areas(predictions):
    without = predictions.where(predictions.y_true != 1)
    table = ranking_table(without).set_index("class")

    assert np.isnan(table.loc["disgusted", "auc"])
    assert np.isnan(table.loc["disgusted", "average_precision"])
    assert table.loc["macro avg", "auc"] == pytest.approx(table["auc"].iloc[:7].mean())


def test_the_table_of_a_curve_has_its_points(predictions):
    curve = one_against_rest(predictions, 4)
    table = curve_table(curve)

    assert len(table) == len(curve.threshold)
    found = predictions.y_score[:, 4] >= table["threshold"][3]
    is_class = predictions.y_true == 4
    assert table["recall"][3] == pytest.approx((found & is_class).sum() / is_class.sum())
    assert table["precision"][3] == pytest.approx((found & is_class).sum() / found.sum())
