"""Each followed face has a state of its own, for as long as it is followed."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fer_core.inference.over_time import FacesOverTime, why_none
from fer_core.inference.smoothing import Smoother
from fer_core.inference.temporal import TemporalModel, load_temporal
from tests.builders import make_run, make_temporal

RNG = np.random.default_rng(0)
A, B = RNG.normal(0, 1, (2, 36)).astype(np.float32)
SCORES = np.full((2, 7), 1 / 7, np.float32)


@pytest.fixture
def model(tmp_path: Path) -> TemporalModel:
    return load_temporal(make_temporal(tmp_path).folder)


def read(faces: FacesOverTime, features: dict[int, NDArray[np.float32]], time: float):
    """Probabilities by face."""
    stacked = np.stack(list(features.values()))
    rows = faces.update(list(features), SCORES[: len(features)], stacked, time)
    return dict(zip(features, rows, strict=True))


def alone(model: TemporalModel, *seen: tuple[NDArray[np.float32], float]) -> NDArray[np.float32]:
    """The last answer to one face, given its features and the seconds before each frame."""
    state = model.initial(1)
    for features, seconds in seen:
        rows, state = model.step(features[None], state, np.full(1, seconds, np.float32))
    return rows[0]


def test_faces_do_not_share_a_state_in_whatever_order_they_come(model: TemporalModel) -> None:
    faces = FacesOverTime(0.3, model)
    read(faces, {1: A, 2: B}, 0.0)
    read(faces, {2: A}, 0.2)
    rows = read(faces, {2: B, 1: A}, 0.5)
    assert rows[1] == pytest.approx(alone(model, (A, 1), (A, 0.5)), abs=1e-6)
    assert rows[2] == pytest.approx(alone(model, (B, 1), (A, 0.2), (B, 0.3)), abs=1e-6)


def test_a_state_goes_with_its_track(model: TemporalModel) -> None:
    faces = FacesOverTime(0.3, model)
    read(faces, {1: A, 2: A}, 0.0)
    faces.keep([2])
    rows = read(faces, {1: B, 2: B}, 0.1)
    assert rows[1] == pytest.approx(alone(model, (B, 1)), abs=1e-6)
    assert rows[2] == pytest.approx(alone(model, (A, 1), (B, 0.1)), abs=1e-6)


def test_a_gap_longer_than_the_trackers_memory_begins_anew(model: TemporalModel) -> None:
    for gap, anew in ((0.9, False), (1.1, True)):
        faces = FacesOverTime(0.3, model, max_gap=1.0)
        read(faces, {1: A}, 0.0)
        before = [] if anew else [(A, 1)]
        expected = alone(model, *before, (B, 1 if anew else gap))
        assert read(faces, {1: B}, gap)[1] == pytest.approx(expected, abs=1e-6)


def test_changing_the_way_while_it_runs_begins_a_state_anew(model: TemporalModel) -> None:
    faces, smoother = FacesOverTime(0.5), Smoother(0.5)
    for time in (0.0, 0.1):
        expected = smoother.update(1, SCORES[0] + A[:7], time)
        rows = faces.update([1], SCORES[:1] + A[:7], None, time)
        assert rows[0] == pytest.approx(expected)
    faces.change(0.5, model)
    assert read(faces, {1: A}, 0.2)[1] == pytest.approx(alone(model, (A, 1)), abs=1e-6)
    faces.change(0.5, None)
    faces.change(0.5, model)
    assert read(faces, {1: B}, 0.3)[1] == pytest.approx(alone(model, (B, 1)), abs=1e-6)


def test_why_a_network_has_none_is_a_sentence(tmp_path: Path) -> None:
    make_run(tmp_path, "compact")
    assert "No recurrent network has been trained yet" in why_none("compact", tmp_path)
    make_temporal(tmp_path, features_of=("compact", "compact-int8"))
    assert why_none("tiny", tmp_path) == (
        "The recurrent network was trained for compact or compact-int8, not for tiny."
    )
