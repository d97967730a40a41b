"""Which run is which, on every page."""

from fer_core.classes import CLASS_COLORS
from fer_core.plots.run_styles import styles
from fer_core.plots.theme import RUN_COLORS

REPORT = "the report"
RUNS = [f"run-{number}" for number in range(42)]


def test_a_run_keeps_its_style_when_others_follow():
    early = styles(RUNS[:3], REPORT)
    late = styles(RUNS, REPORT)

    assert {name: late[name] for name in early} == early


def test_no_two_runs_are_drawn_alike():
    assert len(set(styles(RUNS, REPORT).values())) == len(RUNS) + 1


def test_few_runs_differ_by_colour_and_by_mark():
    few = styles(RUNS[: len(RUN_COLORS)], REPORT).values()

    assert len({style.color for style in few}) == len(few)
    assert len({style.symbol for style in few}) == len(few)
    assert len({style.sign for style in few}) == len(few)


def test_classes_and_runs_share_no_colour():
    assert not set(RUN_COLORS) & set(CLASS_COLORS.values())
