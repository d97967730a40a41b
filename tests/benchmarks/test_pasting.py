import numpy as np
import pytest

from fer_core.benchmarks import pasting
from fer_core.data.fer2013 import Faces
from fer_core.inference.box import Box


class Brightest:
    """Says happy for a face that is bright in the middle, sad else."""

    def predict(self, faces):
        bright = faces[:, 12:36, 12:36].mean(axis=(1, 2, 3)) > 128
        return np.eye(7, dtype=np.float32)[np.where(bright, 3, 5)]


def faces(*values):
    images = np.concatenate([np.full((1, 48, 48, 1), value, np.uint8) for value in values])
    return Faces(images, np.full(len(values), 3, np.int8), np.array(["p"] * len(values)))


def test_a_face_is_pasted_where_it_is_said_to_be():
    rng = np.random.default_rng(0)
    scenes = [pasting.paste(np.full((48, 48), 255, np.uint8), 96, rng) for _ in range(20)]
    for scene, (x, y) in scenes:
        assert scene.shape == (480, 640, 3)
        assert (scene[y : y + 96, x : x + 96] == 255).all()
    assert len({corner for _, corner in scenes}) > 10
    assert np.std([scene[:20].mean() for scene, _ in scenes]) > 5, "Backgrounds must vary."


def test_misses_count_as_wrong_and_faces_elsewhere_are_told_apart(monkeypatch):
    corners = []
    real = pasting.paste

    def paste(*arguments):
        scene, corner = real(*arguments)
        corners.append(corner)
        return scene, corner

    class SeesMost:
        """Finds every pasted face but the third, and always one in the corner."""

        name = "Haar cascade"

        def detect(self, frame_bgr):
            x, y = corners[-1]
            there = Box((x, y, x + 192, y + 192), 1.0, None, self.name)
            corner = Box((0, 0, 8, 8), 1.0, None, self.name)
            return [corner] if len(corners) == 3 else [there, corner]

    monkeypatch.setattr(pasting, "paste", paste)
    result = pasting.measure_pasting(Brightest(), SeesMost(), faces(200, 200, 200, 10), 192, 0)
    assert result.found.tolist() == [True, True, False, True]
    assert result.rate == 0.75
    assert result.elsewhere == 4
    assert result.accuracy_as_it_is == pytest.approx(2 / 3)
    assert result.accuracy_through == pytest.approx(2 / 3)
    assert result.accuracy_overall == 0.5
    assert result.rate_by_class()[3] == 0.75
    assert np.isnan(result.rate_by_class()[0])


def test_no_face_at_all_has_no_accuracy():
    class Blind:
        name = "YuNet"

        def detect(self, frame_bgr):
            return []

    result = pasting.measure_pasting(Brightest(), Blind(), faces(200, 10), 96, 0)
    assert result.rate == 0
    assert np.isnan(result.accuracy_through)
    assert result.accuracy_overall == 0
