import cv2
import numpy as np
import pytest

from fer_core.bench import framing
from fer_core.data import fer2013
from fer_core.data.split import held_out
from fer_core.errors import DetectorError
from fer_core.inference.box import Box
from fer_core.runs.store import Run
from tests.builders import make_dataset, make_run, tiny_config


class FakeDetector:
    """Sees the light part of a picture as a face."""

    name = "YuNet"

    def detect(self, frame_bgr, min_confidence=0.6, *, exact_eyes=True):
        ys, xs = np.nonzero(frame_bgr[..., 0] > 128)
        if not len(xs):
            return []
        return [Box((xs.min(), ys.min(), xs.max() + 1, ys.max() + 1), 0.9)]


def images(*boxes) -> np.ndarray:
    """Black faces with a white box each, given as left, top, right, bottom; None for none."""
    faces = np.zeros((len(boxes), 48, 48, 1), np.uint8)
    for face, box in zip(faces, boxes):
        if box is not None:
            face[box[1] : box[3], box[0] : box[2]] = 255
    return faces


def test_medians_are_shares_of_the_image_without_its_margin():
    measured = framing.measure_framing(
        FakeDetector(), images((12, 24, 36, 48), (12, 24, 36, 48), (0, 0, 48, 48), None)
    )
    assert measured.found == 0.75
    assert measured.framing.center_x == pytest.approx(0.5)
    assert measured.framing.center_y == pytest.approx(0.75)
    assert measured.framing.size == pytest.approx(0.5)
    assert measured.quartile_ranges[2] == pytest.approx(0.25)


def test_no_face_at_all_is_an_error():
    with pytest.raises(DetectorError, match="no face in 2 images"):
        framing.measure_framing(FakeDetector(), images(None, None))


def test_alignment_reports_the_angle_before_and_what_is_left():
    class Perfect(FakeDetector):
        """Eyes on the long axis of what it sees."""

        def detect(self, frame_bgr, min_confidence=0.6, *, exact_eyes=True):
            ys, xs = np.nonzero(frame_bgr[..., 0] > 128)
            dx, dy = cv2.fitLine(np.float32([xs, ys]).T, cv2.DIST_L2, 0, 0.01, 0.01).ravel()[:2]
            eyes = np.zeros((5, 2), np.float32)
            eyes[1] = np.array([dx, dy]) * np.sign(dx)
            return [Box((0, 0, 10, 10), 0.9, eyes)]

    rows = framing.measure_alignment(Perfect(), images(*[(6, 21, 42, 27)] * 6), seed=0)
    assert np.abs(rows[:, 0]).max() > 5
    assert np.abs(rows[:, 1]).max() < 2


def test_the_sample_is_seeded():
    assert framing._sample(100, 10, 0).tolist() == framing._sample(100, 10, 0).tolist()
    assert framing._sample(100, 10, 0).tolist() != framing._sample(100, 10, 1).tolist()
    assert framing._sample(5, 10, 0).tolist() == [0, 1, 2, 3, 4]


def test_accuracy_compares_three_ways_on_upright_and_turned_images():
    from fer_core.data.fer2013 import Faces

    class FromTop:
        """Says 'happy' for a face that is light at its top, 'sad' else."""

        def predict(self, faces):
            top = faces[:, :12].mean(axis=(1, 2, 3)) > faces[:, 36:].mean(axis=(1, 2, 3))
            return np.eye(7, dtype=np.float32)[np.where(top, 3, 5)]

    faces = Faces(
        images((0, 0, 48, 16), (0, 32, 48, 48)),
        np.array([3, 5], np.int8),
        np.array(["train/happy/im0.png", "train/sad/im0.png"]),
    )

    class Nothing(FakeDetector):
        def detect(self, *args, **kwargs):
            return []

    scores = framing.measure_accuracy(FromTop(), Nothing(), faces, seed=0)
    assert scores == {"as it is": (1, 1), "framed": (1, 1), "aligned": (1, 1)}


def _run(root, train):
    run = make_run(root, "one")
    return Run(run.folder, run.config.model_copy(update={"train": train}))


@pytest.mark.parametrize("rule", ["report", "grouped"])
def test_accuracy_is_measured_on_images_that_the_run_did_not_learn_from(rule, tmp_path):
    train = fer2013.load(make_dataset(tmp_path / "data", train_per_class=20)).train
    run = _run(tmp_path / "runs", tiny_config(validation=rule))

    faces = framing._validation_faces(run, train)

    expected = train.images[held_out(train, run.config.train.validation)]
    assert 0 < len(faces) < len(train)
    np.testing.assert_array_equal(faces.images, expected)
