import cv2
import numpy as np
import pytest

from fer_core import paths
from fer_core.classes import CLASS_NAMES
from fer_core.data import fer2013
from fer_core.data.synthetic.dataset import draw_face, write_synthetic
from fer_core.errors import DataError
from tests.data.builders import images, read_files, write_files


def features(seed: int, per_class: int) -> tuple[np.ndarray, np.ndarray]:
    hog = cv2.HOGDescriptor((48, 48), (16, 16), (8, 8), (8, 8), 9)
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(CLASS_NAMES)), per_class)
    return np.array([hog.compute(draw_face(label, rng)).ravel() for label in labels]), labels


def test_the_same_seed_writes_the_same_files(tmp_path):
    sizes = {"train_per_class": 2, "test_per_class": 1}
    first = write_synthetic(tmp_path / "a", **sizes, seed=3)
    again = write_synthetic(tmp_path / "b", **sizes, seed=3)
    other = write_synthetic(tmp_path / "c", **sizes, seed=4)
    assert read_files(first) == read_files(again)
    assert read_files(first) != read_files(other)
    assert len(set(read_files(first).values())) == 21


def test_more_images_leave_the_first_ones_as_they_are(tmp_path):
    few = write_synthetic(tmp_path / "a", train_per_class=1, test_per_class=1)
    more = write_synthetic(tmp_path / "b", train_per_class=2, test_per_class=1)
    assert read_files(few).items() <= read_files(more).items()


def test_it_loads_as_a_data_set_and_is_marked(tmp_path, monkeypatch):
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    steps = []
    folder = write_synthetic(
        tmp_path / "faces",
        train_per_class=2,
        test_per_class=1,
        progress=lambda *step: steps.append(step),
    )
    dataset = fer2013.load(folder)
    assert dataset.synthetic
    assert (len(dataset.train), len(dataset.test)) == (14, 7)
    assert not dataset.skipped
    assert steps[-1] == (21, 21)


def test_it_replaces_drawn_faces_only(tmp_path):
    folder = write_synthetic(tmp_path / "drawn", train_per_class=2, test_per_class=1)
    write_synthetic(folder, train_per_class=1, test_per_class=1)
    assert len(read_files(folder)) == 14
    real = write_files(tmp_path / "real", images(1))
    with pytest.raises(DataError, match="did not put there"):
        write_synthetic(real, train_per_class=1, test_per_class=1)


def test_the_expressions_can_be_told_apart():
    x, y = features(0, 16)
    mean = x.mean(axis=0)
    kernel = (x - mean) @ (x - mean).T + np.eye(len(x))
    weights = (x - mean).T @ np.linalg.solve(kernel, np.eye(7)[y] - 1 / 7)
    test, labels = features(1, 8)
    assert (((test - mean) @ weights).argmax(axis=1) == labels).mean() > 0.85


def test_a_portrait_is_found_by_a_face_detector():
    haar = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    for label in range(7):
        face = draw_face(label, np.random.default_rng(label), size=320)
        assert face.shape == (320, 320)
        assert len(haar.detectMultiScale(face, 1.1, 4)) == 1, CLASS_NAMES[label]


@pytest.mark.parametrize("size", [16, 48, 97])
def test_sizes(size):
    face = draw_face(3, np.random.default_rng(0), size=size)
    assert face.shape == (size, size)
    assert face.dtype == np.uint8
    assert face.std() > 15


def test_numbers_out_of_range_are_told(tmp_path):
    rng = np.random.default_rng(0)
    with pytest.raises(DataError, match="Valid: 0 to 6"):
        draw_face(7, rng)
    with pytest.raises(DataError, match="Valid: 16 to 2048"):
        draw_face(0, rng, size=4)
    with pytest.raises(DataError, match="Valid: 1 to 10000"):
        write_synthetic(tmp_path / "a", train_per_class=0, test_per_class=1, seed=0)
