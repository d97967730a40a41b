"""Which run is which, on every page."""

import re

import pytest

from fer_core.classes import CLASS_COLORS
from fer_core.plots.run_styles import PAGES, css, styles, text_color
from fer_core.plots.theme import NEUTRAL_COLOR, RUN_COLORS, contrast

REPORT = "the report"
RUNS = [f"run-{number}" for number in range(42)]


def test_a_run_keeps_its_style_when_others_follow():
    early = styles(RUNS[:3], REPORT)
    late = styles(RUNS, REPORT)

    assert {name: late[name] for name in early} == early


def test_no_two_runs_are_drawn_alike():
    assert len(set(styles(RUNS, REPORT).values())) == len(RUNS) + 1


def test_runs_share_a_colour_only_when_there_are_more_than_twelve():
    few = [style.color for style in styles(RUNS[: len(RUN_COLORS)]).values()]

    assert len(set(few)) == len(few) == 12
    assert not any(style.is_marked for style in styles(RUNS[:12]).values())


@pytest.mark.parametrize("color", [*RUN_COLORS, NEUTRAL_COLOR])
def test_a_name_in_a_runs_colour_is_readable_on_every_page(color):
    light, dark = re.fullmatch(r"light-dark\((#\w+), (#\w+)\)", text_color(color)).groups()

    assert contrast(light, PAGES["light"]) >= 4.5
    assert contrast(dark, PAGES["dark"]) >= 4.5
    assert min(contrast(color, page) for page in PAGES.values()) >= 3
    assert text_color(color) in css(".here")


def test_classes_and_runs_share_no_colour():
    assert not set(RUN_COLORS) & set(CLASS_COLORS.values())
