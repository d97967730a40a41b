"""The figures agree with scikit-learn and stay within their intervals."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from fer_core.classes import FINGERPRINT
from fer_core.errors import RunError
from fer_core.evaluation.metrics import (
    compare_to_report,
    describe_absent,
    describe_intervals,
    evaluate,
    normalize,
)
from fer_core.evaluation.scoreboard import Own, TestSet, scoreboard
from fer_core.reference import student_report
from fer_core.runs.records import Predictions
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
    assert describe_absent(report) == "No image of disgusted here; averages leave that out."
    assert describe_absent(evaluate(predictions)) == ""
    assert report.macro_f1 == pytest.approx(report.per_class["f1"].dropna().mean())
    assert np.isnan(normalize(report.confusion, "true")[1]).all()


def test_macro_f1_leaves_out_a_class_that_a_resample_lacks():
    y_true = np.array([0] * 40 + [1] * 40 + [6], np.int8)  # most resamples lack some class
    answers = np.eye(7, dtype=np.float32)[y_true]
    names = np.arange(len(y_true)).astype(str)
    report = evaluate(Predictions(names, np.full(len(names), "test"), y_true, answers))

    assert report.macro_f1 == 1.0
    assert report.macro_f1_interval == (1.0, 1.0)


def test_identical_images_widen_the_interval_as_one_image_would():
    once = make_predictions(140).subset("test")
    fourfold = once.rows(np.repeat(np.arange(len(once)), 4))
    groups = np.repeat(np.arange(len(once)), 4)

    (low, high), apart, together = (
        report.accuracy_interval
        for report in (evaluate(once), evaluate(fourfold), evaluate(fourfold, groups))
    )

    assert together[1] - together[0] == pytest.approx(high - low, rel=0.15)
    assert apart[1] - apart[0] < 0.7 * (together[1] - together[0])


def test_intervals_say_whether_copies_were_known():
    predictions = make_predictions(70).subset("test")
    known = evaluate(predictions, np.arange(len(predictions)))

    assert "drawn together" in describe_intervals(known)
    assert "counts as independent" in describe_intervals(evaluate(predictions))
    assert known.to_dict()["by_copies"] is True


def test_nothing_to_evaluate_is_an_error():
    predictions = make_predictions()
    with pytest.raises(RunError, match="no predictions"):
        evaluate(predictions.where(np.zeros(len(predictions), bool)))


def test_a_run_on_other_images_is_not_compared_with_the_full_test_set():
    predictions = make_predictions()
    report = evaluate(predictions.subset("test"))
    table = scoreboard({"mine": Own({"all": report}, "no")})
    assert table.loc[table["system"] == "mine", "test_set"].tolist() == [TestSet.OTHER]
    assert "does not compare" in compare_to_report(report, FINGERPRINT)
    as_many = replace(report, n=student_report.TEST_IMAGES)
    assert "lies below this run's interval" in compare_to_report(as_many, FINGERPRINT)
    assert "does not compare" in compare_to_report(as_many, "0" * 64)
    assert "does not compare" in compare_to_report(as_many, None)


def test_an_accuracy_like_the_published_one_is_not_below_it_by_nothing():
    report = replace(
        evaluate(make_predictions()),
        n=student_report.TEST_IMAGES,
        accuracy=student_report.ACCURACY - 0.0001,
    )

    assert "(0.0 points)" in compare_to_report(report, FINGERPRINT)


def test_the_reference_carries_the_published_figures():
    assert len(student_report.history()) == 50
    assert student_report.table().set_index("class").loc["macro avg", "f1"] == 0.4908
