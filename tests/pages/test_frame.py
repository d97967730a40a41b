"""How pages write figures."""

import math

import pytest

from fer_core.runs.store import State, Status
from pages.parts.shared import frame
from tests.builders import make_run

NAN = math.nan
JOINER = "\u2060"


@pytest.mark.parametrize(
    ("value", "text"), [(0.731, "73.1 %"), (0, "0.0 %"), (1, "100.0 %"), (NAN, "–")]
)
def test_shares_are_percent_with_one_decimal(value, text):
    assert frame.percent(value) == text


def test_an_interval_is_never_broken_at_its_dash():
    assert frame.percent(0.731, (0.72, 0.7406)) == f"73.1 % (72.0{JOINER}–{JOINER}74.1)"
    assert frame.percent(0.731, (NAN, NAN)) == "73.1 %"
    assert frame.percent(NAN, (0.1, 0.2)) == "–"


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (999, "999"), (28709.0, "28,709")])
def test_counts_have_separators(value, text):
    assert frame.count(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.678, "0.68 ms"), (2.345, "2.3 ms"), (None, "–"), (NAN, "–")]
)
def test_times_have_a_unit_and_more_digits_below_one(value, text):
    assert frame.milliseconds(value) == text


def test_sizes_are_in_millions_of_bytes():
    assert frame.megabytes(7_049_999) == "7.0 MB"


def test_a_run_that_is_not_finished_says_of_which_epoch_its_figures_are(tmp_path):
    run = make_run(tmp_path, "mine", epochs=3)
    assert frame.run_name(run) == "mine"

    run.write_status(Status(state=State.STOPPED, epoch=2, epochs=3))
    assert frame.run_name(run) == "mine (epoch 2 of 3)"
