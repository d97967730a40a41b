"""The figures agree with scikit-learn and stay within their intervals."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from fer_core.errors import RunError
from fer_core.evaluation.metrics import compare_to_report, evaluate, normalize
from fer_core.evaluation.scoreboard import TestSet, scoreboard
from fer_core.reference import student_report
from tests.builders import make_predictions


def test_figures_are_those_of_scikit_learn():
    predictions = make_predictions(700)
    report = evaluate(predictions)
    expected = precision_recall_fscore_support(
        predictions.y_true, predictions.y_pred, labels=range(7)
    )
    ours = report.per_class[["precision", "recall", "f1", "support"]].to_numpy(float).T
    np.testing.assert_allclose(ours, expected)
    np.testing.assert_array_equal(
        report.confusion, confusion_matrix(predictions.y_true, predictions.y_pred)
    )
    assert report.accuracy_interval[0] < report.accuracy < report.accuracy_interval[1]


def test_the_same_seed_gives_the_same_interval():
    predictions = make_predictions()
    assert evaluate(predictions).accuracy_interval == evaluate(predictions).accuracy_interval


def test_an_absent_class_is_named_and_left_out_of_averages():
    predictions = make_predictions(140)
    report = evaluate(predictions.where(predictions.y_true != 1))
    assert report.absent == ("disgusted",)
    assert report.macro_f1 == pytest.approx(report.per_class["f1"].dropna().mean())
    assert np.isnan(normalize(report.confusion, "true")[1]).all()


def test_nothing_to_evaluate_is_an_error():
    predictions = make_predictions()
    with pytest.raises(RunError, match="no predictions"):
        evaluate(predictions.where(np.zeros(len(predictions), bool)))


def test_a_run_on_other_images_is_not_compared_with_the_full_test_set():
    predictions = make_predictions()
    report = evaluate(predictions.subset("test"))
    table = scoreboard({"mine": {"all": report}})
    assert table.loc[table["system"] == "mine", "test_set"].tolist() == [TestSet.OTHER]
    assert "does not compare" in compare_to_report(report)


def test_the_reference_carries_the_published_figures():
    assert len(student_report.history()) == 50
    assert student_report.table().set_index("class").loc["macro avg", "f1"] == 0.4908
