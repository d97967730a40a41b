"""Confusion matrices as figures."""

import numpy as np
import pytest

from fer_core.classes import CLASS_NAMES
from fer_core.evaluation.error_analysis import CELLS, Cell
from fer_core.evaluation.metrics import evaluate
from fer_core.plots.confusion import (
    confusion_figure,
    difference_figure,
    difference_headline,
    headline,
)
from fer_core.runs.store import Predictions
from tests.builders import make_predictions

UNITS = ("counts", "true", "predicted")


def report_of(confusion):
    """A report whose confusion matrix is this one, by predictions that are sure of it."""
    cells = np.repeat(np.arange(49), np.asarray(confusion).ravel())
    true, answers = cells // 7, cells % 7
    blank = np.full(len(cells), "")
    return evaluate(
        Predictions(blank, blank, true.astype(np.int8), np.eye(7, dtype=np.float32)[answers])
    )


def matrix(**cells):
    """A confusion matrix of the cells given, as `happy_sad=3`."""
    counts = np.zeros((7, 7), np.int64)
    for name, images in cells.items():
        true, predicted = name.split("_")
        counts[CLASS_NAMES.index(true), CLASS_NAMES.index(predicted)] = images
    return counts


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

    np.testing.assert_allclose(cells.sum(axis=axis), 100, atol=0.4)


def test_a_difference_says_which_run_has_more():
    difference = np.zeros((7, 7), np.int64)
    difference[0, 1], difference[2, 2] = 12, -1234

    heat = difference_figure(difference, "mine", "other").data[0]

    assert list(heat.x) == list(heat.y) == list(CLASS_NAMES)
    assert (heat.text[0][1], heat.text[2][2], heat.text[3][3]) == ("+12", "−1,234", "0")
    assert -heat.zmin == heat.zmax == 1234


def random_matrices():
    rng = np.random.default_rng(4)
    for round_ in range(60):
        counts = rng.poisson(rng.gamma(0.4, [1, 40, 900][round_ % 3], (7, 7)))
        counts[rng.random(7) < 0.2] = 0
        counts[:, rng.random(7) < 0.2] = 0
        if counts.sum():
            yield counts


@pytest.mark.parametrize("unit", UNITS)
def test_a_title_names_the_largest_error_and_the_figure_in_its_cell(unit):
    for counts in random_matrices():
        figure = confusion_figure(report_of(counts), unit)
        cells = np.array(figure.data[0].text)
        shown = np.where(cells == "–", "0", cells)
        values = np.char.replace(shown, ",", "").astype(float)
        np.fill_diagonal(values, 0)
        title = figure.layout.title.text
        largest = values.max()
        if not values.any():
            assert title.startswith("No face is taken for another")
        elif "equally frequent" in title:
            assert (values == largest).sum() >= 2
            assert f"{largest:,.0f} face" in title or f"{largest:.1f} %" in title
        else:
            row, column = np.unravel_index(values.argmax(), values.shape)
            assert title.startswith("Largest error: ")
            assert f"{CLASS_NAMES[row]} faces" in title or f"are {CLASS_NAMES[row]}" in title
            assert CLASS_NAMES[column] in title
            assert (f"{largest:.1f} %" if unit != "counts" else f"{largest:,.0f} of") in title
            assert f"{counts[row, column]:,} of" in title


def test_each_view_says_what_its_cells_hold():
    counts = matrix(
        happy_happy=1500, happy_sad=100, disgusted_angry=6, disgusted_disgusted=14, sad_fearful=2
    )

    assert headline(counts) == "Largest error: 100 of 1,600 happy faces are taken for sad"
    assert headline(counts, "true") == (
        "Largest error: 100.0 % of sad faces (2 of 2) are taken for fearful"
    )
    assert headline(matrix(happy_sad=3, sad_sad=7, sad_angry=1, angry_angry=9), "predicted") == (
        "Largest error: 30.0 % of the faces called sad (3 of 10) are happy"
    )


@pytest.mark.parametrize("unit", UNITS)
def test_a_perfect_network_is_not_said_to_take_a_face_for_another(unit):
    assert headline(np.diag([3, 0, 5, 1, 2, 4, 985]), unit) == (
        "No face is taken for another: 1,000 of 1,000 are right"
    )


def test_errors_that_tie_are_not_told_apart():
    counts = matrix(happy_sad=2, sad_happy=2, sad_angry=2, happy_happy=2, angry_happy=1)

    assert headline(counts) == "No error stands out: 3 are equally frequent, 2 faces each"
    assert headline(matrix(happy_sad=1, sad_happy=1, sad_sad=1)) == (
        "No error stands out: 2 are equally frequent, 1 face each"
    )
    assert headline(matrix(happy_sad=1, happy_happy=1, sad_happy=2, sad_sad=2), "true") == (
        "No error stands out: 2 are equally frequent, 50.0 % of the true class each"
    )


def test_one_image_is_enough():
    wrong = matrix(sad_fearful=1)

    assert headline(wrong) == "Largest error: 1 of 1 sad faces are taken for fearful"
    assert headline(matrix(sad_sad=1)) == "No face is taken for another: 1 of 1 are right"


def test_a_difference_is_told_by_its_largest_cell():
    assert difference_headline(matrix(happy_happy=5, sad_angry=-3), "mine", "other") == (
        "mine recognizes 5 more happy faces than other"
    )
    assert difference_headline(matrix(happy_happy=5, sad_angry=-1200), "mine", "other") == (
        "mine takes 1,200 fewer sad faces for angry than other"
    )
    assert difference_headline(matrix(happy_happy=-1), "mine", "other") == (
        "mine recognizes 1 fewer happy face than other"
    )
    assert difference_headline(matrix(), "mine", "other") == (
        "mine and other have the same confusion matrix"
    )
