from types import SimpleNamespace

import numpy as np

from fer_core.bench import smoothing
from fer_core.bench.smoothing import HALF_LIVES, disturb, measure_smoothing, smooth
from fer_core.data.fer2013 import Faces
from fer_core.inference.video.reader import DEFAULT_HALF_LIFE


class Unsteady:
    """Reads the class off the brightness, and every third face wrongly."""

    def predict(self, faces):
        labels = np.clip(np.round(faces.mean(axis=(1, 2, 3)) / 30 - 1), 0, 6).astype(int)
        scores = 0.05 + 0.65 * np.eye(7)[labels]
        scores[::3] = np.roll(scores[::3], 1, axis=1)
        return scores.astype(np.float32)


def faces_of_every_class():
    labels = np.repeat(np.arange(7), 4)
    images = np.broadcast_to((30 * (labels + 1))[:, None, None, None], (28, 48, 48, 1))
    return Faces(images.astype(np.uint8), labels.astype(np.int8), np.array(["p"] * 28))


def test_errors_that_come_and_go_are_smoothed_away_and_lag_is_counted():
    results = measure_smoothing(Unsteady(), faces_of_every_class(), clips=2, seed=0)
    assert [result.half_life for result in results] == list(HALF_LIVES)
    none, strong = results[0], results[-1]
    assert 0.6 < none.one_class < 0.7
    assert strong.one_class >= 0.85
    assert strong.one_image >= 0.85
    assert none.changing == none.one_class
    assert strong.changing < strong.one_class


def test_no_half_life_changes_nothing():
    scores = np.random.default_rng(0).dirichlet(np.ones(7), 9).astype(np.float32)
    assert np.allclose(smooth(scores, 0.0), scores)


def test_disturbing_keeps_shape_and_changes_each_time():
    rng = np.random.default_rng(0)
    image = np.full((48, 48), 128, np.uint8)
    first, second = disturb(image, rng), disturb(image, rng)
    assert first.shape == (48, 48)
    assert first.dtype == np.uint8
    assert (first != second).any()
    assert 10 < first.std() < 20


def test_test_images_are_read_with_the_chosen_half_life_alone(monkeypatch):
    validation, test = faces_of_every_class(), faces_of_every_class()
    asked = []

    def measure(classifier, faces, clips, seed, half_lives=HALF_LIVES):
        asked.append((faces, half_lives))
        return [smoothing.SmoothingMeasurement(value, 0.5, 0.5, 0.5) for value in half_lives]

    monkeypatch.setattr(smoothing, "measure_smoothing", measure)
    monkeypatch.setattr(smoothing, "served_run", lambda run_id: SimpleNamespace(run_id=run_id))
    monkeypatch.setattr(smoothing, "Classifier", lambda run: Unsteady())
    monkeypatch.setattr(smoothing, "validation_faces", lambda run: validation)
    monkeypatch.setattr(smoothing.fer2013, "load", lambda: SimpleNamespace(test=test))
    smoothing.run_smoothing_benchmark("tiny", clips=1, seed=0)
    (chosen_by, tried), (measured_on, used) = asked
    assert chosen_by is validation
    assert tried == HALF_LIVES
    assert measured_on is test
    assert used == (0.0, DEFAULT_HALF_LIFE)
