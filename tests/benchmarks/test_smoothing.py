import numpy as np

from fer_core.benchmarks.smoothing import HALF_LIVES, disturb, measure_smoothing, smooth
from fer_core.data.fer2013 import Faces


class Unsteady:
    """Reads the class off the brightness, and every third face wrongly."""

    def predict(self, faces):
        labels = np.clip(np.round(faces.mean(axis=(1, 2, 3)) / 30 - 1), 0, 6).astype(int)
        scores = 0.05 + 0.65 * np.eye(7)[labels]
        scores[::3] = np.roll(scores[::3], 1, axis=1)
        return scores.astype(np.float32)


def test_errors_that_come_and_go_are_smoothed_away_and_lag_is_counted():
    labels = np.repeat(np.arange(7), 4)
    images = np.broadcast_to((30 * (labels + 1))[:, None, None, None], (28, 48, 48, 1))
    faces = Faces(images.astype(np.uint8), labels.astype(np.int8), np.array(["p"] * 28))
    results = measure_smoothing(Unsteady(), faces, clips=2, seed=0)
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
