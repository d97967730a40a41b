"""ROC and precision-recall curves as figures."""

import numpy as np
import pytest

from fer_core.classes import CLASS_NAMES
from fer_core.evaluation.roc import one_against_rest
from fer_core.plots.roc import precision_recall_figure, roc_figure
from fer_core.runs.records import Predictions
from tests.builders import make_predictions


@pytest.fixture(scope="module")
def curves():
    predictions = make_predictions(7000, accuracy=0.5, seed=3).subset("test")
    return {name: one_against_rest(predictions, i) for i, name in enumerate(CLASS_NAMES)}


def test_a_roc_curve_leads_from_corner_to_corner_and_keeps_the_whole_area(curves):
    figure = roc_figure(curves)

    for line, (name, curve) in zip(figure.data[1:], curves.items(), strict=True):
        assert line.name == f"{name} {curve.auc:.2f}"
        assert (line.x[0], line.y[0], line.x[-1], line.y[-1]) == (0, 0, 1, 1)
        assert len(line.x) <= 301 < len(curve.recall)
        assert np.trapezoid(line.y, line.x) == pytest.approx(curve.auc, abs=0.002)


def one_wrong_answer_above_all_others(n):
    """The rest are ranked perfectly: half of `n` images are angry."""
    is_class = np.arange(n) < n // 2
    score = np.linspace(0.9, 0.1, n)
    score[-1] = 1.0
    y_score = np.column_stack([score, 1 - score, *np.zeros((5, n))]).astype(np.float32)
    paths = np.array([f"test/{i}.png" for i in range(n)])
    labels = np.where(is_class, 0, 1).astype(np.int8)
    return Predictions(paths, np.repeat(["test"], n), labels, y_score)


def test_a_precision_recall_curve_starts_without_the_spike_of_the_first_images():
    curve = one_against_rest(one_wrong_answer_above_all_others(400), 0)
    assert curve.precision[0] == 0

    figure = precision_recall_figure({"angry": curve})

    line = figure.data[0]
    assert line.x[0] == pytest.approx(29 / 200)
    assert line.y[0] == pytest.approx(29 / 30)
    assert line.y.min() >= 0.5
    assert "from the 30 most confident answers on" in figure.layout.xaxis.title.text
    assert line.x[-1] == 1


def test_a_class_of_few_images_keeps_its_last_point():
    curve = one_against_rest(one_wrong_answer_above_all_others(4), 0)

    assert precision_recall_figure({"angry": curve}).data[0].x.tolist() == [1]
