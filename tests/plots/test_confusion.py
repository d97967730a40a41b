"""Confusion matrices as figures."""

import numpy as np
import pytest

from fer_core.classes import CLASS_NAMES
from fer_core.evaluation.error_analysis import CELLS, Cell
from fer_core.evaluation.metrics import evaluate
from fer_core.plots.confusion import confusion_figure, difference_figure
from tests.builders import make_predictions


@pytest.fixture(scope="module")
def report():
    return evaluate(make_predictions().subset("test"))


def test_every_cell_has_a_clickable_mark(report):
    _, marks = confusion_figure(report).data

    assert len(marks.x) == len(CELLS)
    for x, y, cell in zip(marks.x, marks.y, marks.customdata):
        assert cell == f"{y}-{x}"


def test_the_chosen_cell_is_outlined(report):
    figure = confusion_figure(report, chosen=Cell("happy", "sad"))

    heat, outline = figure.data[0], figure.layout.shapes[0]
    assert (outline.x0 + outline.x1) / 2 == list(heat.x).index("sad")
    assert (outline.y0 + outline.y1) / 2 == list(heat.y).index("happy")


@pytest.mark.parametrize(("unit", "axis"), [("true", 1), ("predicted", 0)])
def test_percents_are_of_the_true_class_or_of_the_prediction(report, unit, axis):
    cells = np.array(confusion_figure(report, unit).data[0].text).astype(float)

    np.testing.assert_allclose(cells.sum(axis=axis), 100, atol=4)


def test_a_difference_says_which_run_has_more():
    difference = np.zeros((7, 7), np.int64)
    difference[0, 1], difference[2, 2] = 12, -1234

    heat = difference_figure(difference, "mine", "other").data[0]

    assert list(heat.x) == list(heat.y) == list(CLASS_NAMES)
    assert (heat.text[0][1], heat.text[2][2], heat.text[3][3]) == ("+12", "-1,234", "0")
    assert -heat.zmin == heat.zmax == 1234
