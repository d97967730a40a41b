"""The map of faces: groups told by name, rows that survive grouping, axes that stay."""

import numpy as np
import pytest

from fer_core.classes import CLASS_COLORS, CLASS_NAMES
from fer_core.evaluation.face_map import Placed
from fer_core.plots.face_map import CONFIG, ColorBy, map_figure
from tests.builders import make_predictions


@pytest.fixture(scope="module")
def whole():
    predictions = make_predictions(140).subset("test")
    place = np.random.default_rng(0).normal(size=(len(predictions), 2)).astype(np.float32)
    return Placed(predictions, place)


def groups(figure):
    return {trace.name: trace for trace in figure.data}


def test_each_class_is_a_named_group_in_its_colour(whole):
    figure = map_figure(whole, ColorBy.LABEL, "", around=whole)

    assert list(groups(figure)) == list(CLASS_NAMES)
    assert {name: each.marker.color for name, each in groups(figure).items()} == CLASS_COLORS
    assert [note.text for note in figure.layout.annotations] == list(CLASS_NAMES)


@pytest.mark.parametrize("color_by", list(ColorBy))
def test_a_point_tells_its_row_label_and_answer(whole, color_by):
    figure = map_figure(whole, color_by, "", around=whole)

    told = [point for trace in figure.data for point in trace.customdata]
    assert sorted(row for row, _, _ in told) == list(range(len(whole.place)))
    for row, true, predicted in told:
        assert true == CLASS_NAMES[whole.predictions.y_true[row]]
        assert predicted == CLASS_NAMES[whole.predictions.y_pred[row]]


def test_errors_are_told_from_right_answers(whole):
    found = groups(map_figure(whole, ColorBy.ERROR, "", around=whole))

    wrong = (whole.predictions.y_true != whole.predictions.y_pred).sum()
    assert len(found["wrong"].x) == wrong
    assert len(found["right"].x) == len(whole.place) - wrong


def test_the_map_stays_in_place_while_it_is_filtered(whole):
    few = whole.where(whole.predictions.y_true == 2)
    figure, all_of_them = (
        map_figure(shown, ColorBy.LABEL, "", around=whole) for shown in (few, whole)
    )

    assert figure.layout.xaxis.range == all_of_them.layout.xaxis.range
    assert list(groups(figure)) == ["fearful"]


def test_nothing_left_is_an_empty_map(whole):
    none = whole.where(np.zeros(len(whole.place), bool))

    assert not map_figure(none, ColorBy.ERROR, "", around=none).data


def test_the_tools_that_select_are_there():
    assert not {"lasso2d", "select2d"} & set(CONFIG["modeBarButtonsToRemove"])
