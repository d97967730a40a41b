"""How figures are written on pages, in cards and by commands."""

import math

import pytest

from fer_core import formats

NAN = math.nan


@pytest.mark.parametrize(
    ("value", "text"), [(0.731, "73.1 %"), (0, "0.0 %"), (1, "100.0 %"), (NAN, "–")]
)
def test_shares_are_percent_with_one_decimal(value, text):
    assert formats.percent(value) == text


def test_intervals_follow_in_brackets():
    assert formats.percent(0.731, (0.72, 0.7406)) == "73.1 % (72.0–74.1)"
    assert formats.bounds((0.72, 0.7406)) == "72.0–74.1"
    assert formats.bounds((NAN, NAN)) == "–"
    assert formats.percent(0.731, (NAN, NAN)) == "73.1 %"
    assert formats.percent(NAN, (0.1, 0.2)) == "–"


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (999, "999"), (28709.0, "28,709")])
def test_counts_have_separators(value, text):
    assert formats.count(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.678, "0.68 ms"), (2.345, "2.3 ms"), (None, "–"), (NAN, "–")]
)
def test_times_have_a_unit_and_more_digits_below_one(value, text):
    assert formats.milliseconds(value) == text


def test_sizes_are_in_millions_of_bytes():
    assert formats.megabytes(7_049_999) == "7.0 MB"


def test_a_range_is_never_broken_at_its_dash():
    joiner = "\u2060"
    assert formats.unbroken("a–b, 72.0–74.1") == f"a–b, 72.0{joiner}–{joiner}74.1"
    assert formats.unbroken("sad 99.4 %, 5 %d") == "sad 99.4\u00a0%, 5\u00a0%d"


def test_durations_have_the_unit_that_people_use():
    seconds = (30, 600, 5400, 7200, 12000, NAN)
    expected = ["30 s", "10 min", "1 h 30 min", "2 h", "3 h 20 min", "–"]
    assert [formats.duration(value) for value in seconds] == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [(17.84, "+17.8"), (-9.8, "−9.8"), (-0.04, "0.0"), (1234.5, "+1,234.5"), (float("nan"), "–")],
)
def test_a_difference_has_its_sign_and_no_hyphen(value: float, text: str) -> None:
    assert formats.signed(value) == text
