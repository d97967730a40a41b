"""Thinned curves keep their shape."""

import numpy as np
import pytest

from fer_core.plots.theme import thinned


@pytest.mark.parametrize("most", [21, 300])
@pytest.mark.parametrize("falling", [False, True])
def test_rows_are_even_along_the_curve_with_both_ends(most, falling):
    place = np.sort(np.random.default_rng(0).random(7000))
    place = place[::-1] if falling else place

    rows = thinned(place, most)

    assert len(rows) <= most
    assert (rows[0], rows[-1]) == (0, 6999)
    assert np.abs(np.diff(place[rows])).max() < 2 / (most - 2)


def test_a_short_curve_stays_whole():
    assert thinned(np.array([1.0, 1.0, 2.0])).tolist() == [0, 1, 2]


def test_points_in_one_place_are_two():
    assert thinned(np.ones(5000)).tolist() == [0, 4999]
