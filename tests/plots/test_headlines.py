"""Titles state what is true of the figure under them, also of degenerate results."""

import numpy as np
import pandas as pd
import pytest

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.evaluation.calibration import before_and_after, coverage_curve
from fer_core.evaluation.metrics import evaluate
from fer_core.evaluation.robustness import measure
from fer_core.evaluation.roc import one_against_rest
from fer_core.plots.calibration import calibration_headline, coverage_headline
from fer_core.plots.classes import f1_figure
from fer_core.plots.headlines import highest_and_lowest
from fer_core.plots.robustness import accuracy_headline, share_headline
from fer_core.plots.roc import precision_recall_figure, roc_figure
from fer_core.runs.store import Predictions
from tests.builders import make_predictions


def predictions_of(scores, labels):
    blank = np.full(len(labels), "")
    return Predictions(blank, blank, np.asarray(labels, np.int8), np.asarray(scores, np.float32))


def perfect(n=14):
    labels = np.arange(n) % 7
    return predictions_of(np.eye(7)[labels], labels)


def roc_title(predictions):
    curves = {
        name: one_against_rest(predictions, label)
        for label, name in enumerate(CLASS_NAMES)
        if 0 < (predictions.y_true == label).sum() < len(predictions)
    }
    return roc_figure(curves).layout.title.text


def test_the_highest_and_the_lowest_are_named():
    values = {"happy": 0.885, "sad": 0.538, "angry": 0.6, "fearful": float("nan")}

    assert highest_and_lowest("F1", values, formats.percent) == (
        "F1 is highest for happy (88.5 %), lowest for sad (53.8 %)"
    )


@pytest.mark.parametrize(
    ("values", "title"),
    [
        ([0.5, 0.5, 0.5], "F1 is 50.0 % for every class"),
        ([0.50001, 0.5, 0.5], "F1 is 50.0 % for every class"),
        ([float("nan"), 0.5, float("nan")], "F1 is 50.0 % for disgusted"),
        ([float("nan")] * 3, "F1 is not known for any class"),
        (
            [0.2, 0.9, 0.9],
            "F1 is highest for disgusted and fearful (90.0 %), lowest for angry (20.0 %)",
        ),
        ([0, 0, 0, 1], "F1 is highest for happy (100.0 %), lowest for 3 classes (0.0 %)"),
    ],
)
def test_values_that_read_alike_tie(values, title):
    assert highest_and_lowest("F1", dict(zip(CLASS_NAMES, values)), formats.percent) == title


@pytest.mark.parametrize("seed", range(6))
def test_the_title_of_f1_names_the_extremes_of_its_marks(seed):
    report = evaluate(make_predictions(40, accuracy=0.1 * seed, seed=seed).subset("test"))
    figure = f1_figure(report)

    drawn = np.asarray(figure.data[0].x, float)
    title = figure.layout.title.text
    assert f"({formats.percent(drawn.max() / 100)})" in title
    assert f"({formats.percent(drawn.min() / 100)})" in title


def test_the_title_beside_the_report_counts_the_classes_above_it():
    report = evaluate(perfect())
    theirs = pd.Series(0.5, CLASS_NAMES)

    assert f1_figure(report, theirs).layout.title.text == (
        "F1 is above the student report's for 7 of the 7 classes"
    )
    assert "for 0 of the 7" in f1_figure(report, theirs + 0.5).layout.title.text


def test_a_perfect_ranking_calls_no_class_worst():
    assert roc_title(perfect()) == "Area under the ROC curve is 1.000 for every class"


def test_the_title_of_precision_and_recall_names_the_extremes_of_its_lines():
    predictions = make_predictions(70, accuracy=0.4).subset("test")
    curves = {name: one_against_rest(predictions, i) for i, name in enumerate(CLASS_NAMES)}
    means = [curve.average_precision for curve in curves.values()]

    title = precision_recall_figure(curves).layout.title.text
    assert f"highest for {CLASS_NAMES[int(np.argmax(means))]} ({max(means):.3f})" in title
    assert f"lowest for {CLASS_NAMES[int(np.argmin(means))]} ({min(means):.3f})" in title


def test_classes_that_cannot_be_ranked_are_not():
    assert roc_title(predictions_of(np.eye(7)[[5, 5]], [5, 5])) == (
        "Area under the ROC curve is not known for any class"
    )


@pytest.mark.parametrize("seed", range(6))
def test_the_title_of_roc_names_the_extremes_of_its_legend(seed):
    predictions = make_predictions(70, accuracy=0.1 * seed, seed=seed).subset("test")
    areas = [one_against_rest(predictions, label).auc for label in range(7)]

    highest, lowest = roc_title(predictions).split(", lowest for ")
    assert CLASS_NAMES[int(np.argmax(areas))] in highest
    assert f"({max(areas):.3f})" in highest
    assert CLASS_NAMES[int(np.argmin(areas))] in lowest
    assert f"({min(areas):.3f})" in lowest


@pytest.mark.parametrize(
    ("confidence", "right", "words"),
    [
        (0.9, 5, "ECE) 40.0 %; mean confidence is 40.0 points too high"),
        (0.4, 8, "ECE) 40.0 %; mean confidence is 40.0 points too low"),
        (0.5, 5, "ECE) 0.0 %; mean confidence equals accuracy"),
    ],
)
def test_calibration_says_which_way_it_is_off(confidence, right, words):
    scores = np.full((10, 7), (1 - confidence) / 6)
    scores[:, 0] = confidence
    labels = np.where(np.arange(10) < right, 0, 1)

    assert words in calibration_headline(before_and_after(predictions_of(scores, labels), 1.0)[1])


@pytest.mark.parametrize("seed", range(5))
def test_coverage_says_how_much_it_answers_where_it_says_how_many_are_right(seed):
    predictions = make_predictions(35, accuracy=0.5, seed=seed).subset("test")
    curve = coverage_curve(predictions.y_score, predictions.y_true)
    confidence = predictions.y_score.max(axis=1)
    most = np.sort(confidence)[::-1][: round(0.5 * len(confidence)) + 1]
    answered = [confidence >= threshold for threshold in most[-3:]]

    titles = {
        f"Of its most confident {formats.percent(mask.mean())} of answers, "
        f"{formats.percent((predictions.y_pred == predictions.y_true)[mask].mean())} are right"
        for mask in answered
    }
    assert coverage_headline(curve) in titles


def test_equal_confidence_has_no_more_confident_half():
    scores = np.tile([0.4, *[0.1] * 6], (4, 1))
    curve = coverage_curve(scores, np.array([0, 0, 0, 1]))

    assert coverage_headline(curve) == (
        "It answers every image with equal confidence: 75.0 % are right"
    )
    one = coverage_curve(scores[:1], np.array([0]))
    assert coverage_headline(one).endswith("100.0 % are right")


@pytest.fixture
def corrupted():
    """A table of which every row is equal."""
    labels = np.tile(np.arange(7), 4)
    faces = np.zeros((len(labels), 48, 48, 1), np.uint8)
    answers = np.where(np.arange(len(labels)) < 14, labels, 5)
    return measure.evaluate_robustness(
        lambda batch: np.eye(7, dtype=np.float32)[answers], faces, labels
    )


def test_no_corruption_is_hardest_where_none_costs_anything(corrupted):
    clean = formats.percent(corrupted["accuracy"].iloc[0])

    assert accuracy_headline(corrupted) == f"No corruption lowers its accuracy of {clean}"
    corrupted.loc[3, "accuracy"] += 0.2
    assert accuracy_headline(corrupted).startswith("No corruption")


def test_the_hardest_corruption_is_the_lowest_mark(corrupted):
    corrupted.loc[0, "accuracy"] = 0.7
    corrupted.loc[3:, "accuracy"] = 0.6
    corrupted.loc[2, "accuracy"] = 0.5

    assert accuracy_headline(corrupted) == (
        "Hardest corruption: JPEG quality 30, 70.0 % falls to 50.0 %"
    )
    corrupted.loc[1:, "accuracy"] = 0.5
    assert accuracy_headline(corrupted) == "12 corruptions are the hardest: 70.0 % falls to 50.0 %"


def test_a_class_is_called_over_predicted_only_where_it_is(corrupted):
    corrupted["worst_ratio"] = 1.0
    assert share_headline(corrupted) == "No common class is over-predicted"
    corrupted.loc[5, ["worst_class", "worst_ratio"]] = "sad", 3.25
    assert share_headline(corrupted).startswith("Most over-predicted: sad, 3.2 times")
    corrupted["worst_ratio"] = np.nan
    assert share_headline(corrupted) == "Share of the answers that each class gets"
