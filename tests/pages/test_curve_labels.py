"""Which run is which on the Training curves page."""

from itertools import pairwise

import pytest

from fer_core.classes import CLASS_COLORS
from pages.parts.curves.curve_labels import EndLabel, spread, styles
from pages.parts.shared import charts

REPORT = "the report"
RUNS = [f"run-{number}" for number in range(42)]


def test_a_run_keeps_its_style_when_others_follow():
    early = styles(RUNS[:3], REPORT)
    late = styles(RUNS, REPORT)

    assert {name: late[name] for name in early} == early


def test_no_two_runs_are_drawn_alike():
    assert len(set(styles(RUNS, REPORT).values())) == len(RUNS) + 1


def test_few_runs_differ_by_colour_and_by_mark():
    few = styles(RUNS[: len(charts.RUN_COLORS)], REPORT).values()

    assert len({style.color for style in few}) == len(few)
    assert len({style.symbol for style in few}) == len(few)
    assert len({style.sign for style in few}) == len(few)


def test_classes_and_runs_share_no_colour():
    assert not set(charts.RUN_COLORS) & set(CLASS_COLORS.values())


@pytest.mark.parametrize("log", [False, True])
def test_names_at_one_place_are_moved_apart(log):
    ends = [EndLabel(name, 50, 1.0) for name in ("a", "b", "c")]

    heights = sorted(end.y for end in spread(ends, 0.1, 10.0, log=log))

    assert all(low < high for low, high in pairwise(heights))
