"""Timelines of faces, and the pixel values of the classes."""

import numpy as np
import pytest

from fer_core.classes import CLASS_NAMES
from fer_core.inference.live.state import LiveState, Statistics, TimelinePoint
from fer_core.plots.balance import histogram
from fer_core.plots.timeline import timeline_figure


def live_state(numbers):
    points = [
        TimelinePoint(float(i), number, None if number is None else np.eye(7, dtype=np.float32)[3])
        for i, number in enumerate(numbers)
    ]
    return LiveState(10.0, (), tuple(points), Statistics())


def test_a_line_a_class_breaks_where_there_is_no_face():
    seconds, scores = live_state([1, 1, None, 1]).leading_scores()
    figure = timeline_figure("title", seconds, scores, (-30, 0))

    assert [line.name for line in figure.data] == list(CLASS_NAMES)
    happy = figure.data[3]
    assert happy.connectgaps is False
    assert np.isfinite(happy.y).sum() == 3
    assert np.nanmax(happy.y) == 100
    assert list(figure.layout.xaxis.range) == [-30, 0]


def test_a_moment_alone_is_a_point():
    seconds, scores = live_state([1, None, 1, 1]).leading_scores()
    happy = timeline_figure("title", seconds, scores, (-30, 0)).data[3]

    sizes = dict(zip(happy.x, happy.marker.size, strict=True))
    assert happy.mode == "lines+markers"
    assert sizes[-10.0] > 0
    assert sizes[-8.0] == sizes[-7.0] == 0


def test_a_line_breaks_where_another_face_leads():
    seconds, scores = live_state([1, 1, 2, 2]).leading_scores()

    assert np.isnan(scores[:, 3]).tolist() == [False, False, True, False, False]
    assert seconds.tolist() == [-10, -9, -8, -8, -7]


@pytest.mark.parametrize("numbers", [[], [None]])
def test_nobody_yet_is_an_empty_timeline(numbers):
    _, scores = live_state(numbers).leading_scores()

    assert scores.shape == (len(numbers), 7)
    assert np.isnan(scores).all()


def test_each_class_has_its_share_of_every_gray():
    shares = np.full((7, 32), 1 / 32)

    figure = histogram(shares)

    assert [line.name for line in figure.data] == list(CLASS_NAMES)
    assert figure.data[0].x[[0, -1]].tolist() == [3.5, 251.5]
    np.testing.assert_allclose(figure.data[0].y, 100 / 32)
