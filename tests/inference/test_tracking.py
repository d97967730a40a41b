"""Faces keep their numbers from frame to frame."""

import pytest

from fer_core.inference.box import Box
from fer_core.inference.tracking import Tracker, iou


def _box(x: float, y: float = 0.0, size: float = 100.0) -> Box:
    return Box((x, y, x + size, y + size), 0.9)


def test_overlap_of_boxes() -> None:
    assert iou(_box(0), _box(0)) == pytest.approx(1)
    assert iou(_box(0), _box(50)) == pytest.approx(1 / 3)
    assert iou(_box(0), _box(100)) == 0
    assert iou(_box(0, size=0), _box(0, size=0)) == 0


def test_a_face_that_moves_keeps_its_number() -> None:
    tracker = Tracker()
    assert [tracker.update([_box(10.0 * i)], 0.1 * i) for i in range(30)] == [[1]] * 30


def test_faces_that_come_in_another_order_keep_their_numbers() -> None:
    tracker = Tracker()
    assert tracker.update([_box(0), _box(300)], 0.0) == [1, 2]
    assert tracker.update([_box(305), _box(5)], 0.1) == [2, 1]


def test_the_closer_box_wins() -> None:
    tracker = Tracker()
    tracker.update([_box(0)], 0.0)
    assert tracker.update([_box(40), _box(5)], 0.1) == [2, 1]
    assert tracker.update([_box(250), _box(95)], 0.2) == [3, 2], (
        "The nearer of two, if none overlaps."
    )


def test_a_quick_face_keeps_its_number_where_frames_are_far_apart() -> None:
    tracker = Tracker()
    assert tracker.update([_box(0)], 0.0) == [1]
    assert tracker.update([_box(110)], 0.2) == [1]
    assert tracker.update([_box(0, size=40)], 0.4) == [2], "Another size is another face."
    assert tracker.update([_box(500)], 0.6) == [3], "Far away is another face."


def test_a_face_in_every_frame_keeps_its_number_however_slowly_they_come() -> None:
    tracker = Tracker(max_gap=0.5)
    assert [tracker.update([_box(0)], time) for time in (0.0, 1.3, 4.0)] == [[1]] * 3
    tracker.update([], 5.0)
    assert tracker.update([_box(0)], 5.2) == [2], "Unseen for longer than a short gap."


def test_a_short_gap_is_bridged_and_a_long_one_is_not() -> None:
    tracker = Tracker(max_gap=0.5)
    tracker.update([_box(0)], 0.0)
    tracker.update([], 0.3)
    assert tracker.numbers == (1,)
    assert tracker.update([_box(0)], 0.45) == [1]
    assert tracker.update([], 1.0) == []
    assert tracker.numbers == ()
    assert tracker.update([_box(0)], 1.1) == [2]


def test_two_boxes_never_share_a_number() -> None:
    tracker = Tracker()
    tracker.update([_box(0)], 0.0)
    assert sorted(tracker.update([_box(0), _box(3), _box(6)], 0.1)) == [1, 2, 3]


def test_time_that_runs_backwards_is_refused() -> None:
    tracker = Tracker()
    tracker.update([], 5.0)
    with pytest.raises(ValueError, match="backwards"):
        tracker.update([], 4.0)


def test_a_gap_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="must"):
        Tracker(max_gap=-1.0)
