"""Models on a user's own labelled pictures."""

import json

import numpy as np
import pytest

from fer_core.classes import CLASS_INDEX, CLASS_NAMES
from fer_core.errors import ImageError, RunError
from fer_core.evaluation import labelled
from fer_core.evaluation.labelled import answers, evaluate, read_faces, to_dict, to_frame
from fer_core.evaluation.predict import open_run
from fer_core.images import png
from fer_core.inference.detector import haar_detector
from fer_core.inference.pictures.labelled import LabelledPicture
from tests.builders import draw_noise, make_run


def no_detector():
    raise AssertionError("No picture needs the detector.")


def picture(name: str, pixels: np.ndarray | None) -> LabelledPicture:
    """One in a folder of its class; a damaged file where it has no pixels."""
    data = b"damaged" if pixels is None else png(pixels)
    return LabelledPicture(name, CLASS_INDEX[name.split("/")[0]], lambda: data)


def faces(*names: str) -> list[LabelledPicture]:
    return [picture(name, draw_noise(seed)) for seed, name in enumerate(names)]


def test_pictures_of_48_pixels_are_faces_to_the_last_bit_and_need_no_detector():
    read = read_faces(faces("happy/a.png", "sad/b.png"), no_detector)

    assert read.path.tolist() == ["happy/a.png", "sad/b.png"]
    assert read.y_true.tolist() == [CLASS_INDEX["happy"], CLASS_INDEX["sad"]]
    assert np.array_equal(read.faces[..., 0], [draw_noise(0), draw_noise(1)])


def test_photographs_give_their_face_or_are_counted_without_one():
    from skimage import data

    wall = np.full((200, 300, 3), 90, np.uint8)
    pictures = [picture("happy/her.png", data.astronaut()), picture("sad/wall.png", wall)]

    read = read_faces(pictures, haar_detector)
    assert read.path.tolist() == ["happy/her.png"]
    assert read.without_face == ("sad/wall.png",)
    assert evaluate(read, answers(read, lambda f: np.eye(7, dtype=np.float32)[[3] * len(f)])).n == 1

    whole = read_faces(pictures, no_detector, whole=True)
    assert len(whole.path) == 2
    assert whole.without_face == ()


def test_a_damaged_picture_is_named_and_the_rest_goes_on():
    pictures = [picture("angry/broken.png", None), *faces("happy/a.png")]
    steps = []

    read = read_faces(pictures, no_detector, progress=lambda *step: steps.append(step))

    assert read.path.tolist() == ["happy/a.png"]
    assert "angry/broken.png" in read.unreadable["angry/broken.png"]
    assert steps == [(0, 2), (1, 2), (2, 2)]


def test_a_class_without_pictures_has_no_figure_and_identical_faces_count_together():
    pictures = [*faces("happy/a.png", "sad/b.png"), picture("sad/copy.png", draw_noise(1))]
    read = read_faces(pictures, no_detector)
    right = answers(read, lambda f: np.eye(7, dtype=np.float32)[read.y_true])

    report = evaluate(read, right)

    assert (report.n, report.accuracy) == (3, 1.0)
    assert report.by_copies
    assert set(report.absent) == set(CLASS_NAMES) - {"happy", "sad"}
    assert report.per_class.set_index("class")["f1"].isna().sum() == 5
    told = to_dict(read, {"mine": report})
    assert json.loads(json.dumps(told))["models"]["mine"]["per_class"][0]["f1"] is None


def test_the_table_has_a_row_for_every_model_and_picture(tmp_path):
    pictures = [*faces("happy/a.png", "sad/b.png"), picture("sad/broken.png", None)]
    read = read_faces(pictures, no_detector)
    runs = [make_run(tmp_path, "one", seed=1), make_run(tmp_path, "two", seed=2)]

    table = to_frame(read, {run.run_id: answers(read, open_run(run)) for run in runs})

    assert table["model"].tolist() == ["one", "one", "two", "two", "one", "two"]
    assert table["error"].notna().tolist() == [False] * 4 + [True] * 2
    assert table["true"].tolist()[:2] == ["happy", "sad"]
    assert np.allclose(table.loc[:3, list(CLASS_NAMES)].sum(axis=1), 1)


def test_nothing_read_is_an_error_of_its_own():
    read = read_faces([picture("sad/broken.png", None)], no_detector)
    with pytest.raises(RunError):
        evaluate(read, answers(read, lambda f: np.empty((0, 7), np.float32)))
    with pytest.raises(ImageError):
        labelled.decode(picture("sad/broken.png", None))
