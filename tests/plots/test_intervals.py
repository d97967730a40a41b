"""Figures with a row a name: each mark lies inside its interval."""

import numpy as np
import pandas as pd
import pytest

from fer_core.classes import CLASS_NAMES
from fer_core.evaluation.metrics import evaluate
from fer_core.evaluation.robustness import measure
from fer_core.plots.ablation import ablation_figure
from fer_core.plots.classes import f1_figure
from fer_core.plots.robustness import accuracy_figure, share_figure
from tests.builders import make_predictions


@pytest.fixture(scope="module")
def corrupted():
    """Of a classifier that answers `sad` to every noisy face and is right otherwise."""
    labels = np.tile(np.arange(len(CLASS_NAMES)), 20)
    kinds = iter([measure.CLEAN, *(kind.name for kind in measure.CORRUPTIONS)])

    def predict(faces):
        answers = np.full(len(labels), 5) if next(kinds) == "noise" else labels
        return np.eye(len(CLASS_NAMES), dtype=np.float32)[answers]

    return measure.evaluate_robustness(
        predict, np.zeros((len(labels), 48, 48, 1), np.uint8), labels
    )


def test_the_best_variant_stands_in_the_title_and_on_top():
    table = pd.DataFrame(
        [("baseline", 0.52, 0.51, 0.53), ("mixup", 0.55, 0.54, 0.56)],
        columns=["variant", "accuracy", "low", "high"],
    )

    figure = ablation_figure(table)

    assert "mixup, 55.0 %" in figure.layout.title.text
    assert list(figure.data[0].y) == ["mixup", "baseline"]
    np.testing.assert_allclose(figure.data[0].error_x.array, 1)
    assert figure.layout.shapes[0].x0 == pytest.approx(52)


def test_f1_stands_beside_the_published_one_class_by_class():
    report = evaluate(make_predictions().subset("test"))
    published = pd.Series(np.arange(9) / 10, [*CLASS_NAMES[::-1], "macro avg", "weighted avg"])

    theirs, ours = f1_figure(report, published).data

    assert list(theirs.y) == list(ours.y) == list(CLASS_NAMES)
    np.testing.assert_allclose(theirs.x, 100 * published[list(CLASS_NAMES)])
    np.testing.assert_allclose(ours.x + ours.error_x.array, 100 * report.per_class["f1_high"])
    np.testing.assert_allclose(ours.x - ours.error_x.arrayminus, 100 * report.per_class["f1_low"])
    assert [trace.name for trace in f1_figure(report).data] == [ours.name]


def test_the_costliest_corruption_stands_in_the_title(corrupted):
    figure = accuracy_figure("mine", corrupted)

    assert figure.layout.title.text == "Hardest corruption: noise, 100.0 % falls to 14.3 %"
    assert list(figure.data[0].y) == corrupted["title"].tolist()


def test_the_answer_fallen_back_on_is_shaded(corrupted):
    figure = share_figure(corrupted)
    cells = figure.data[0]

    assert figure.layout.title.text == "Most over-predicted: sad, 7.0 times its true share (noise)"
    noise = list(cells.y).index("noise")
    assert cells.z[noise, 5] == pytest.approx(7)
    assert cells.text[noise][5] == "100.0"
    assert cells.text[0][5] == "14.3"
