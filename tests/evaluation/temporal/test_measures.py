"""Lag, flicker and accuracy of answers over time, on courses that are counted by hand."""

import numpy as np
import pandas as pd
import pytest

from fer_core.evaluation.temporal.course import Course
from fer_core.evaluation.temporal.measures import (
    RESAMPLES,
    count,
    draws,
    gain_at_same_lag,
    with_intervals,
)
from fer_core.evaluation.temporal.table import better_in
from fer_core.runs.records import Place

RATE = 10


def course(*segments: tuple[int, int]) -> Course:
    """A class and its frames, one segment after another, at ten frames a second."""
    labels = np.repeat([label for label, _ in segments], [n for _, n in segments]).astype(np.int8)
    elapsed = np.full(len(labels), 1 / RATE, np.float32)
    elapsed[0] = 1.0
    starts = np.cumsum([0, *[n for _, n in segments[:-1]]])
    frames = np.arange(len(labels))
    steady = np.all([(frames < s) | (frames >= s + RATE) for s in starts], axis=0)
    return Course(elapsed, labels, steady)


def figures(one: Course, named: list[int], alone: np.ndarray | None = None) -> dict[str, float]:
    single = one.labels if alone is None else alone
    counted = count([one], [np.array(named)], [single])
    return with_intervals(counted, draws(1))


def test_an_answer_that_follows_after_three_frames_has_that_lag():
    one = course((3, 20), (4, 20))

    found = figures(one, [3] * 23 + [4] * 17)

    assert found["lag_median"] == found["lag_p90"] == pytest.approx(0.3)
    assert found["accuracy"] == pytest.approx(37 / 40)
    assert found["flicker"] == 0


def test_an_answer_that_never_follows_lags_until_the_next_change():
    one = course((3, 20), (4, 20))

    assert figures(one, [3] * 40)["lag_median"] == pytest.approx(1.9)


def test_a_change_that_single_frames_cannot_read_is_not_measured():
    one = course((3, 20), (4, 20))
    misread = np.where(one.labels == 4, 0, one.labels)

    assert np.isnan(figures(one, [3] * 20 + [0] * 20, alone=misread)["lag_median"])


def test_only_changes_of_answer_where_nothing_changes_are_flicker():
    one = course((3, 40))
    named = [3] * 40
    named[2] = named[30] = 5  # two changes each; the first soon after the face appears

    found = figures(one, named)

    assert found["flicker"] == pytest.approx(2 / 2.9)


def test_intervals_are_of_whole_clips():
    clips = [course((3, 20))] * 4
    named = [np.full(20, 3)] * 2 + [np.full(20, 5)] * 2

    found = with_intervals(count(clips, named, named), draws(4))

    assert found["accuracy"] == 0.5
    assert (found["accuracy_low"], found["accuracy_high"]) == (0.0, 1.0)
    assert draws(4).shape == (RESAMPLES, 4)


def test_a_method_is_set_against_the_best_of_no_greater_lag():
    clips = [course((3, 20), (4, 20))] * 3
    labels = clips[0].labels

    def late(frames: int, wrong: int = 0) -> object:
        named = np.concatenate([np.full(20 + frames, 3), np.full(20 - frames, 4)])
        named[:wrong] = 0
        return count(clips, [named] * 3, [labels] * 3)

    quick, slow = late(0, wrong=8), late(6)  # 32 and 34 of 40 right
    method = late(3, wrong=0)  # 37 right, half as late as the slow one

    value, low, high = gain_at_same_lag(method, [quick, slow], draws(3))

    assert value == pytest.approx(37 / 40 - 33 / 40)
    assert low == pytest.approx(high)


@pytest.mark.parametrize(
    ("low", "split", "places"),
    [(0.001, "validation", (Place.LIVE,)), (-0.001, "validation", ()), (0.001, "test", ())],
)
def test_the_default_follows_from_validation_clips_alone(low, split, places):
    row = {"split": split, "place": "live", "method": "recurrent", "features_of": "compact"}

    assert better_in(pd.DataFrame([row | {"at_same_lag_low": low}]), "compact") == places
