"""Probabilities are steadied by time, not by the number of frames."""

import numpy as np
import pytest

from fer_core.classes import NUM_CLASSES
from fer_core.inference.smoothing import Smoother

HAPPY = np.eye(NUM_CLASSES, dtype=np.float32)[3]
SAD = np.eye(NUM_CLASSES, dtype=np.float32)[5]


def test_the_first_sample_is_given_back() -> None:
    assert np.array_equal(Smoother(1.0).update(1, HAPPY, 0.0), HAPPY)


def test_a_half_life_halves_the_weight_of_what_was() -> None:
    smoother = Smoother(0.5)
    smoother.update(1, HAPPY, 0.0)
    smooth = smoother.update(1, SAD, 0.5)
    assert smooth[3] == pytest.approx(1 / 3)
    assert smooth[5] == pytest.approx(2 / 3)


def test_no_half_life_smooths_nothing() -> None:
    smoother = Smoother(0.0)
    smoother.update(1, HAPPY, 0.0)
    assert np.array_equal(smoother.update(1, SAD, 0.1), SAD)


def test_smoothing_can_change_while_it_runs() -> None:
    smoother = Smoother(10.0)
    for i in range(10):
        smoother.update(1, HAPPY, i / 10)
    smoother.half_life = 0.0
    assert np.array_equal(smoother.update(1, SAD, 1.0), SAD)


def test_faces_do_not_mix() -> None:
    smoother = Smoother(5.0)
    smoother.update(1, HAPPY, 0.0)
    assert np.array_equal(smoother.update(2, SAD, 0.1), SAD)


def test_a_forgotten_face_begins_anew() -> None:
    smoother = Smoother(5.0)
    smoother.update(1, HAPPY, 0.0)
    smoother.keep([2])
    assert np.array_equal(smoother.update(1, SAD, 0.1), SAD)


def test_noise_is_reduced_and_rows_stay_probabilities() -> None:
    rng = np.random.default_rng(0)
    raw = rng.dirichlet(np.ones(NUM_CLASSES), 200).astype(np.float32)
    smoother = Smoother(1.0)
    smooth = np.stack([smoother.update(1, row, i / 10) for i, row in enumerate(raw)])
    assert smooth.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert smooth[50:].std() < raw[50:].std() / 2


def test_a_negative_half_life_is_refused() -> None:
    with pytest.raises(ValueError, match="half_life"):
        Smoother(-1.0)
