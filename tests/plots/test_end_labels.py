"""Names beside lines keep apart and inside."""

from itertools import pairwise

import pytest

from fer_core.plots.end_labels import short, spread


def test_heights_that_are_apart_stay_where_they_are():
    assert spread([5.0, 1.0, 9.0], 2, 0, 10) == [5, 1, 9]


@pytest.mark.parametrize("at", [0.0, 5.0, 10.0])
def test_heights_at_one_place_are_moved_apart_and_stay_inside(at):
    placed = spread([at] * 5, 2, 0, 10)

    assert placed == sorted(placed)
    assert all(later - earlier >= 2 - 1e-9 for earlier, later in pairwise(placed))
    assert placed[0] >= 0
    assert placed[-1] <= 10


def test_only_long_names_are_shortened():
    assert short("compact") == "compact"
    assert len(short("x" * 40)) == 18
