import numpy as np
import pytest

from fer_core.inference.box import Box
from fer_core.inference.turning import TURNS, turned, turned_back


@pytest.mark.parametrize("degrees", TURNS)
def test_what_was_found_in_a_turned_picture_lies_at_its_place(degrees):
    picture = np.zeros((60, 100, 3), np.uint8)
    picture[10:20, 70:90] = 1  # left 70, top 10, right 90, bottom 20
    rows, columns = np.nonzero(turned(picture, degrees)[..., 0])
    corners = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    middle = np.mean(np.reshape(corners, (2, 2)), axis=0)
    box = Box(tuple(map(float, corners)), 0.9, np.tile(middle, (5, 1)).astype(np.float32))
    (back,) = turned_back([box], degrees, picture.shape[:2])
    assert back.xyxy == (70, 10, 90, 20)
    assert np.allclose(back.landmarks, [80, 15])
    assert back.turn == degrees


def test_turned_clockwise():
    assert turned(np.array([[1, 2], [3, 4]], np.uint8), 90).tolist() == [[3, 1], [4, 2]]


def test_a_turn_within_a_turned_picture_adds_up():
    (box,) = turned_back([Box((0.0, 0, 5, 5), 0.9, turn=270)], 180, (10, 10))
    assert box.turn == 90
