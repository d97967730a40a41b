import io

import numpy as np
import pytest
from rich.console import Console

from fer_core.bench import pasting
from fer_core.classes import CLASS_NAMES
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


def measure(detector, given, size):
    pasted = pasting.find_pasted(detector, given.images, size, seed=0)
    return pasting.read_pasted(Brightest(), pasted, given)


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
    result = measure(SeesMost(), faces(200, 200, 200, 10), 192)
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

    result = measure(Blind(), faces(200, 10), 96)
    assert result.rate == 0
    assert np.isnan(result.accuracy_through)
    assert result.accuracy_overall == 0


def test_tables_fit_into_a_narrow_window_and_name_every_class():
    found = np.array([True, True, False])
    y_true, through = np.array([3, 3, 5]), np.array([3, 5, -1])
    crops = np.zeros((2, 48, 48, 1), np.uint8)
    measured = [
        pasting.PastingMeasurement(name, size, found, crops, 1, y_true, y_true, through)
        for name in ("YuNet", "Haar cascade")
        for size in pasting.SIZES
    ]
    out = io.StringIO()
    console = Console(file=out, width=80)
    console.print(pasting.accuracy_table(measured, "tiny"))
    console.print(pasting.rate_table(measured))
    text = out.getvalue()
    assert "…" not in text
    assert all(name in text for name in CLASS_NAMES)
    (row,) = (line.split() for line in text.splitlines() if "sad" in line)
    assert row.count("0.0%") == 6
    (row,) = (
        line for line in text.splitlines() if "YuNet" in line and "192" in line and "%" in line
    )
    assert "66.7%" in row
    assert "-50.0" in row
    assert "33.3%" in row
    assert "missed" in row


def test_turned_scenes_are_told_from_upright_ones(monkeypatch):
    class NeverTurns:
        """Finds the pasted square and takes every picture for upright."""

        name = "YuNet"

        def detect(self, frame_bgr):
            rows, columns = np.nonzero((frame_bgr == 255).all(axis=2))
            corners = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
            return [Box(tuple(map(float, corners)), 0.9)]

    monkeypatch.setattr(pasting, "_background", lambda rng: np.zeros((480, 640, 3), np.uint8))
    images = np.full((3, 48, 48, 1), 255, np.uint8)
    rates = pasting.measure_turns(NeverTurns(), images, 96, 0)
    assert rates == {0: (1.0, 0.0), 90: (1.0, 1.0), 180: (1.0, 1.0), 270: (1.0, 1.0)}
