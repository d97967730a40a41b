import json

import cv2
import numpy as np
import pytest

from fer_core.classes import CLASS_NAMES
from fer_core.inference import detector, drawing
from fer_core.inference.classifier import Classifier
from fer_core.inference.framing import Cropping
from fer_core.inference.predictor import (
    FacePrediction,
    ImageResult,
    Predictor,
    annotate,
    to_frame,
    to_json,
)
from tests.builders import make_run


class FakeDetector:
    """Finds what it is told to."""

    name, note = "YuNet", ""

    def __init__(self, *boxes: detector.Box) -> None:
        self.boxes = list(boxes)

    def detect(self, frame_bgr, min_confidence=0.6, **options):
        return [box for box in self.boxes if box.confidence >= min_confidence]


@pytest.fixture
def classifier(tmp_path):
    return Classifier(make_run(tmp_path))


def gray(height: int = 120, width: int = 200) -> np.ndarray:
    return np.full((height, width, 3), 128, np.uint8)


def png(frame: np.ndarray) -> bytes:
    return cv2.imencode(".png", frame)[1].tobytes()


BOX = detector.Box((20.0, 30.0, 80.0, 100.0), 0.9)
SMALL = detector.Box((150.0, 10.0, 170.0, 32.0), 0.7)


def make_face(label: str, box: detector.Box | None = BOX) -> FacePrediction:
    scores = np.full(7, 0.05, np.float32)
    scores[CLASS_NAMES.index(label)] = 0.7
    return FacePrediction(np.zeros((48, 48), np.uint8), scores, box)


def test_real_face_end_to_end(classifier, yunet, astronaut):
    result = Predictor(classifier, yunet).predict_bytes(png(astronaut), "astronaut.png")
    assert (result.name, result.width, result.height) == ("astronaut.png", 512, 512)
    assert result.error is None
    assert result.detector == "YuNet"
    (face,) = result.faces
    assert face.face.shape == (48, 48)
    assert face.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert face.label == CLASS_NAMES[int(face.probabilities.argmax())]
    assert face.confidence == pytest.approx(float(face.probabilities.max()))


def test_every_face_in_the_detector_s_order(classifier):
    result = Predictor(classifier, FakeDetector(BOX, SMALL)).predict(gray(), "two")
    assert [face.box for face in result.faces] == [BOX, SMALL]


def test_probabilities_are_those_of_the_face_shown(classifier):
    frame = np.random.default_rng(0).integers(0, 256, (120, 200, 3), dtype=np.uint8)
    for face in Predictor(classifier, FakeDetector(BOX, SMALL)).predict(frame, "x").faces:
        assert np.allclose(classifier.predict(face.face[None, ..., None])[0], face.probabilities)


def test_min_confidence_reaches_the_detector(classifier):
    predictor = Predictor(classifier, FakeDetector(BOX, SMALL))
    assert len(predictor.predict(gray(), "x", min_confidence=0.8).faces) == 1
    assert len(predictor.predict_bytes(png(gray()), "x", min_confidence=0.8).faces) == 1


def test_only_the_largest_faces_are_read_where_there_is_a_limit(classifier):
    predictor = Predictor(classifier, FakeDetector(BOX, SMALL))
    (face,) = predictor.predict(gray(), "x", max_faces=1).faces
    assert face.box == BOX


def test_no_face_is_no_error_and_the_whole_picture_can_be_taken(classifier):
    predictor = Predictor(classifier, FakeDetector())
    assert (predictor.predict(gray(), "x").faces, predictor.predict(gray(), "x").error) == (
        (),
        None,
    )
    (face,) = predictor.whole_picture(gray(), "x").faces
    assert face.box is None
    assert (face.face == 128).all()


def test_bad_input_becomes_the_result_s_error(classifier):
    result = Predictor(classifier, FakeDetector(BOX)).predict_bytes(b"hello there", "note.png")
    assert result.faces == ()
    assert result.error.startswith("note.png is a text file")


def test_levelling_can_be_switched_off(classifier, yunet, astronaut):
    turned = cv2.warpAffine(astronaut, cv2.getRotationMatrix2D((223, 120), 10, 1.0), (512, 512))
    level, plain = (
        Predictor(classifier, yunet, cropping=how).predict(turned)
        for how in (Cropping.ALIGNED, Cropping.UPRIGHT)
    )
    assert not np.array_equal(level.faces[0].face, plain.faces[0].face)


def test_table_has_a_row_a_face_and_a_row_an_error():
    results = [
        ImageResult("a.png", 200, 120, (make_face("happy"), make_face("sad", None)), None, "YuNet"),
        ImageResult("b.png", 0, 0, (), "b.png is empty (0 bytes).", "YuNet"),
        ImageResult("c.png", 9, 9, (), None, "YuNet"),
    ]
    frame = to_frame(results)
    assert frame["image"].tolist() == ["a.png", "a.png", "b.png", "c.png"]
    assert frame["label"].tolist()[:2] == ["happy", "sad"]
    assert frame["happy"].iloc[0] == pytest.approx(0.7)
    assert frame[["left", "top", "right", "bottom"]].iloc[0].tolist() == [20, 30, 80, 100]
    assert frame["left"].isna().tolist() == [False, True, True, True]
    assert [line.split(",")[6] for line in frame.to_csv(index=False).split()[1:3]] == ["1", "2"]
    assert frame["error"].iloc[2] == "b.png is empty (0 bytes)."
    assert list(frame.columns[-13:]) == [
        *CLASS_NAMES,
        *("error", "note", "turn", "model", "framing", "version"),
    ]
    assert to_frame([]).empty


def test_tables_name_the_model_and_give_whole_pixels_of_the_file(classifier):
    """A picture of 24 MP is read at half its size; its boxes are of the file."""
    big = np.full((4000, 6000, 3), 128, np.uint8)
    data = cv2.imencode(".jpg", big)[1].tobytes()
    detected = detector.Box((20.26, 30.0, 80.0, 100.0), 0.91234567)
    predictor = Predictor(classifier, FakeDetector(detected), Cropping.UPRIGHT)
    results = [predictor.predict_bytes(data, "big.jpg"), predictor.predict_bytes(b"", "bad.jpg")]
    frame = to_frame(results)
    images = json.loads(to_json(results))
    for row, image in zip(frame.to_dict("records"), images, strict=True):
        assert row["model"] == image["model"] == classifier.run_id
        assert (row["framing"], row["detector"]) == (image["framing"], image["detector"])
        assert row["framing"] == "upright"
        assert row["version"] == image["version"]
    assert (images[0]["width"], images[0]["height"]) == (6000, 4000)
    box = images[0]["faces"][0]["box"]
    assert box == {"left": 41, "top": 60, "right": 160, "bottom": 200, "confidence": 0.9123}
    assert {name: frame[name][0] for name in box if name in frame} == {
        name: value for name, value in box.items() if name in frame and name != "confidence"
    } | {"confidence": frame["confidence"][0]}
    assert frame["face_confidence"][0] == 0.9123


def test_json_carries_the_same():
    results = [
        ImageResult("ä.png", 200, 120, (make_face("happy"), make_face("sad", None)), None, "YuNet")
    ]
    (image,) = json.loads(to_json(results))
    assert image["image"] == "ä.png"
    assert image["faces"][0]["label"] == "happy"
    assert image["faces"][0]["box"]["right"] == 80
    assert list(image["faces"][0]["probabilities"]) == list(CLASS_NAMES)
    assert image["faces"][1]["box"] is None
    assert json.loads(to_json([])) == []


def test_annotate_leaves_the_picture_alone_and_draws_on_a_copy():
    frame = gray(240, 320)
    result = ImageResult("x", 320, 240, (make_face("happy"),), None, "YuNet")
    drawn = annotate(frame, result)
    assert (frame == 128).all()
    assert drawn.shape == frame.shape
    assert drawn.dtype == np.uint8
    assert tuple(drawn[60, 20, ::-1]) == (0xC9, 0x88, 0x00)
    assert (drawn[200:, 200:] == 128).all()


@pytest.mark.parametrize(
    "xyxy", [(-50, -50, 400, 300), (0, 0, 4, 4), (300, 220, 330, 260), (5, 0, 60, 60)]
)
def test_label_stays_inside_the_picture(xyxy):
    """Dark letters on white must be somewhere, even where the box leaves the picture."""
    box = detector.Box(tuple(map(float, xyxy)), 0.9)
    drawn = annotate(
        gray(240, 320), ImageResult("x", 320, 240, (make_face("surprised", box),), None, "YuNet")
    )
    paper = (drawn == 255).all(axis=2)
    assert paper.sum() > 400
    assert (drawn.max(axis=2) < 60).sum() > 50


@pytest.mark.parametrize(
    ("size", "drawn"),
    [((1, 1), 320), ((20, 20), 320), ((48, 48), 336), ((3000, 200), 200), ((1000, 48), 48)],
)
def test_a_small_picture_is_enlarged_and_has_a_margin_for_its_label(size, drawn):
    frame = gray(*size)
    result = ImageResult("x", size[1], size[0], (make_face("fearful", None),), None, "YuNet")
    copy = annotate(frame, result)
    assert copy.shape[1] == drawn
    enlarged = drawn // size[1]
    assert copy.shape[0] == size[0] * enlarged + (22 if enlarged > 1 else 0)


@pytest.mark.parametrize("xyxy", [(2, 1, 46, 47), (-3, -4, 52, 50), (20, 20, 30, 30)])
def test_a_label_hides_nothing_of_a_picture_of_48_pixels_and_is_whole(xyxy):
    box = detector.Box(tuple(map(float, xyxy)), 0.9)
    result = ImageResult("x", 48, 48, (make_face("surprised", box),), None, "YuNet")
    drawn = annotate(gray(48, 48), result)
    paper = (drawn == 255).all(axis=2)
    columns = np.nonzero(paper)[1]
    hidden = paper[22 + 7 * max(xyxy[1], 0) + 6 :]
    assert not hidden.any(), "No label in the box."
    assert 40 < columns.max() - columns.min() < 110
    assert not paper[:, -1].any(), "Not cut at the right."


def test_several_faces_are_numbered_and_their_labels_hide_no_face(monkeypatch):
    texts = []
    real = drawing.ImageDraw.ImageDraw.text
    monkeypatch.setattr(
        drawing.ImageDraw.ImageDraw,
        "text",
        lambda self, at, text, *given, **named: (
            texts.append(text),
            real(self, at, text, *given, **named),
        ),
    )
    corners = [(100, 100, 200, 230), (100, 232, 200, 360), (700, 0, 798, 130)]
    boxes = [detector.Box(tuple(map(float, xyxy)), 0.9) for xyxy in corners]
    result = ImageResult("x", 800, 600, tuple(make_face("sad", b) for b in boxes), None, "YuNet")
    paper = (annotate(gray(600, 800), result) == 255).all(axis=2)
    assert texts == ["1 sad 70 %", "2 sad 70 %", "3 sad 70 %"]
    for left, top, right, bottom in corners:
        assert not paper[top + 8 : bottom - 8, left + 8 : right - 8].any()


def test_lines_grow_with_the_picture():
    def thickness(scale: int) -> int:
        box = detector.Box(tuple(40.0 * scale * v for v in (1, 1, 3, 3)), 0.9)
        result = ImageResult(
            "x", 400 * scale, 400 * scale, (make_face("happy", box),), None, "YuNet"
        )
        row = annotate(gray(400 * scale, 400 * scale), result)[100 * scale]
        return int((row != 128).any(axis=1).sum())

    assert thickness(10) > 2 * thickness(1)


def test_shapes_are_checked():
    with pytest.raises(ValueError, match="48"):
        FacePrediction(np.zeros((10, 10), np.uint8), np.zeros(7, np.float32), None)
    with pytest.raises(ValueError, match="7"):
        FacePrediction(np.zeros((48, 48), np.uint8), np.zeros(6, np.float32), None)


def test_a_strip_of_pixels_is_labelled_in_small_letters(monkeypatch):
    """Letters sized by its length would take gigabytes."""
    sizes = []
    real = drawing.ImageFont.load_default
    monkeypatch.setattr(
        drawing.ImageFont, "load_default", lambda size: sizes.append(size) or real(size=11)
    )
    for frame in (gray(1, 2_000_000), gray(1200, 1600)):
        height, width = frame.shape[:2]
        result = ImageResult("x", width, height, (make_face("happy", None),), None, "none")
        assert annotate(frame, result).shape == frame.shape
    assert sizes == [11, 53]
