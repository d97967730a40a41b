"""Intervals by formula are those of the literature."""

import pytest

from fer_core.evaluation.intervals import wilson_interval


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_s_interval_is_the_published_one(right, n, low, high):
    """Newcombe 1998 (Statistics in Medicine 17, 857-872), table I, method 3."""
    assert wilson_interval(right / n, n) == pytest.approx((low, high), abs=5e-5)
