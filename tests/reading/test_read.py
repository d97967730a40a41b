"""Three lines of Python: what is read, by which model, and what is said of the rest."""

import io
import os
import re
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import fer_core
from fer_core.classes import CLASS_NAMES
from fer_core.errors import ImageError, RunError, VideoError
from fer_core.inference import detector
from fer_core.paths import PROJECT_ROOT
from fer_core.reading import loaded
from tests.inference.media import make_video, make_zip


def test_a_face_is_typed(photo_file):
    faces = fer_core.read(photo_file)

    (face,) = faces
    assert face.label == max(face.probabilities, key=face.probabilities.get) == "happy"
    assert face.confidence == face.probabilities["happy"] > 0.5
    assert list(face.probabilities) == list(CLASS_NAMES)
    assert sum(face.probabilities.values()) == pytest.approx(1, abs=1e-5)
    left, top, right, bottom = face.box
    assert 80 < left < right < 140
    assert (face.box.width, face.box.height) == (right - left, bottom - top)
    assert (faces.width, faces.height, faces.model) == (256, 256, "compact")
    assert face.crop.shape == (48, 48)
    assert "happy" in repr(faces)


def test_a_path_bytes_an_array_and_an_image_give_the_same(photo, photo_file):
    with Image.open(photo_file) as image:
        ways = [
            fer_core.read(photo_file),
            fer_core.read(str(photo_file)),
            fer_core.read(photo_file.read_bytes()),
            fer_core.read(image),
            fer_core.read(photo, rgb=True),
            fer_core.read(photo[..., ::-1], rgb=False),
        ]

    assert all(faces == ways[0] for faces in ways)


def test_a_picture_without_a_face_is_read():
    empty = fer_core.read(np.full((64, 64), 90, np.uint8))

    assert empty == []
    assert list(fer_core.to_frame(empty)["width"]) == [64]


def test_what_of_a_file_was_left_out_is_noted(photo, photo_file):
    file = io.BytesIO()
    frames = [Image.fromarray(photo), Image.fromarray(photo[::-1])]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])

    assert "first frame" in fer_core.read(file.getvalue()).note
    assert fer_core.read(photo_file).note == ""


def test_a_raw_picture_is_refused_by_each_way_of_reading(photo, tmp_path):
    path = tmp_path / "a.nef"
    Image.fromarray(photo).save(path, "TIFF")

    with pytest.raises(ImageError, match="a camera's raw picture"):
        fer_core.read(path)
    ((_, _, error),) = fer_core.read_many([path])
    assert "a camera's raw picture" in error


def test_a_face_that_is_cut_out_needs_no_search(photo_file):
    (face,) = fer_core.read(photo_file)

    (again,) = fer_core.read(face.crop, whole=True)

    assert again.box is None
    assert again.label == "happy"


def test_a_model_is_named_and_loaded_once(photo, monkeypatch):
    made = []
    monkeypatch.setattr(
        loaded, "Classifier", lambda run, kind=loaded.Classifier: made.append(run) or kind(run)
    )

    for _ in range(3):
        assert fer_core.read(photo, rgb=True, model="tiny").model == "tiny"
    fer_core.read(photo, rgb=True)

    assert [run.run_id for run in made] == ["tiny", "compact"]


def test_an_unknown_model_names_those_there(photo):
    with pytest.raises(RunError, match=r"There is no run 'tinny'\. Runs: .*tiny"):
        fer_core.read(photo, rgb=True, model="tinny")


def test_a_model_that_was_trained_again_is_loaded_again(photo, monkeypatch):
    fer_core.read(photo, rgb=True, model="tiny")
    (key,) = loaded._loaded
    file, changed, predictor = loaded._loaded[key]
    loaded._loaded[key] = file, changed - 1, predictor

    fer_core.read(photo, rgb=True, model="tiny")

    assert loaded._loaded[key][2] is not predictor


def test_threads_share_model_and_detector(photo):
    """Of eight that begin at once one loads, and all see the same."""
    sizes = [(256, 256), (200, 180)]
    pictures = [cv2.resize(photo, size) for size in sizes]
    expected = [fer_core.read(picture, rgb=True) for picture in pictures]
    loaded._loaded.clear()
    wrong = []

    def work(number):
        for turn in range(4):
            which = (number + turn) % 2
            if fer_core.read(pictures[which], rgb=True) != expected[which]:
                wrong.append(which)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not wrong
    assert len(loaded._loaded) == 1


def test_the_smallest_face_can_be_set(photo, monkeypatch):
    asked = []

    class Asked(detector.FaceDetector):
        def detect(self, frame_bgr, min_confidence=0.6, *, min_face=None, **_):
            asked.append((min_confidence, min_face))
            return []

    monkeypatch.setattr(Asked, "__init__", lambda self: None)
    Asked.note, Asked.name = "", "none"
    monkeypatch.setattr(loaded, "load_detector", Asked)

    fer_core.read(photo, rgb=True, min_face=20, min_confidence=0.8)
    list(fer_core.read_many([photo], rgb=True, min_face=30))
    list(fer_core.read_video(make_video([photo] * 2), min_face=40))

    assert asked == [(0.8, 20), (0.6, 30), (0.6, 40)]


@pytest.mark.parametrize(
    "wrong",
    [
        *({"min_face": value} for value in (0, -3, "20", float("nan"), float("inf"))),
        *({"min_confidence": value} for value in (0.1, 7, "high")),
        *({"rgb": value} for value in ("bgr", 0)),
    ],
)
def test_settings_out_of_range(photo, wrong):
    (name,) = wrong

    with pytest.raises(ValueError, match=f"{name} must be"):
        fer_core.read(photo, **{"rgb": True, **wrong})
    with pytest.raises(ValueError, match=f"{name} must be"):
        fer_core.read_many([photo], **{"rgb": True, **wrong})


def test_files_that_are_no_picture_say_what_reads_them(tmp_path):
    (tmp_path / "clip.mp4").write_bytes(b"x")
    (tmp_path / "all.zip").write_bytes(b"x")
    (tmp_path / "text.png").write_text("no picture", encoding="utf-8")

    for name, words in {
        "clip.mp4": "fer_core.read_video",
        "all.zip": "fer_core.read_many",
        ".": "fer_core.read_many",
        "text.png": "is a text file",
        "nothing.png": "does not exist",
    }.items():
        with pytest.raises(ImageError, match=words):
            fer_core.read(tmp_path / name)
    with pytest.raises(ImageError, match="is a web address"):
        fer_core.read("https://example.org/photo.jpg")


def test_many_are_read_in_order_and_a_bad_one_stops_nothing(photo_file, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    good = photo_file.read_bytes()
    (folder / "1.png").write_bytes(good)
    (folder / "2.png").write_bytes(b"")
    (folder / "3.zip").write_bytes(make_zip(("inner/a.png", good)))
    (folder / "4.mp4").write_bytes(make_video([np.zeros((64, 64, 3), np.uint8)]))

    readings = [(Path(name).name, len(faces), error) for name, faces, error in many(folder)]

    assert [(name, count) for name, count, _ in readings] == [
        ("1.png", 1),
        ("2.png", 0),
        ("a.png", 1),
        ("4.mp4", 0),
    ]
    assert [error is None for _, _, error in readings] == [True, False, True, False]
    assert "is empty" in readings[1][2]
    assert "fer_core.read_video" in readings[3][2]


def test_what_a_folder_holds_besides_is_said(photo_file):
    (photo_file.parent / "notes.txt").write_text("a", encoding="utf-8")

    with pytest.warns(UserWarning, match=r"Left out.* 1 file .*notes\.txt"):
        assert len(many(photo_file.parent)) == 1


def test_many_are_the_same_as_one_after_another(photo):
    pictures = [np.roll(photo, 3 * shift, axis=1) for shift in range(7)]

    alone = [fer_core.read(picture, rgb=True) for picture in pictures]

    assert [reading.faces for reading in many(pictures, rgb=True)] == alone


def many(*arguments, **settings):
    return list(fer_core.read_many(*arguments, **settings))


def test_many_may_be_a_zip_or_a_sequence_of_anything(photo, photo_file, tmp_path):
    archive = tmp_path / "some.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.write(photo_file, "a.png")

    assert [reading.error for reading in many(archive)] == [None]
    mixed = many([photo, photo_file, photo_file.read_bytes(), photo.astype(bool)], rgb=True)
    assert [len(reading.faces) for reading in mixed] == [1, 1, 1, 0]
    assert [reading.name for reading in mixed][::2] == ["image 1", "image 3"]
    assert "dtype bool" in mixed[3].error
    assert [len(reading.faces) for reading in many(np.stack([photo] * 2), rgb=True)] == [1, 1]
    assert "does not exist" in many(tmp_path / "missing")[0].error


@pytest.mark.parametrize("one", [b"bytes", np.zeros((64, 64, 3), np.uint8), 3, None])
def test_many_are_not_one(one):
    with pytest.raises(ValueError, match="read takes one picture"):
        fer_core.read_many(one)


def test_an_open_file_is_not_many(photo_file):
    with photo_file.open("rb") as file, pytest.raises(ValueError, match="read takes one picture"):
        fer_core.read_many(file)


def test_a_damaged_pillow_image_is_refused_and_stops_nothing(photo, photo_file):
    data = photo_file.read_bytes()
    damaged = Image.open(io.BytesIO(data[: len(data) // 2]))

    first, second = fer_core.read_many([damaged, photo], rgb=True)

    assert "damaged or incomplete" in first.error
    assert [face.label for face in second.faces] == ["happy"]
    with pytest.raises(ImageError, match="damaged or incomplete"):
        fer_core.read(Image.open(io.BytesIO(data[: len(data) // 2])))


def test_an_empty_path_is_no_folder():
    with pytest.raises(ImageError, match="path of a picture is empty"):
        fer_core.read("")


def test_a_video_has_moments_and_numbers(photo, tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(make_video([cv2.resize(photo[..., ::-1], (512, 512))] * 20))

    samples = list(fer_core.read_video(path, rate=5))

    assert [sample.time_code for sample in samples] == [f"0:00:00.{n}00" for n in (0, 2, 4, 6, 8)]
    assert all([face.number for face in sample.faces] == [1] for sample in samples)
    assert samples[0].frame_bgr.shape == (512, 512, 3)
    table = fer_core.to_frame(samples)
    assert list(table["seconds"]) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8])
    assert list(fer_core.to_frame(fer_core.read_video(path.read_bytes()))["face"]) == [1] * 5


@pytest.mark.parametrize(
    ("video", "words"),
    [("nothing.mp4", "does not exist"), ("https://a.b/c.mp4", "web address"), (b"text", "no")],
)
def test_what_is_no_video(video, words):
    with pytest.raises(VideoError, match=words):
        list(fer_core.read_video(video))


@pytest.mark.parametrize(
    "wrong",
    [
        *({"rate": 0}, {"rate": float("inf")}, {"rate": "5"}, {"max_faces": 0}),
        *({"min_confidence": 9}, {"over_time": "gru"}, {"max_faces": 2.0}, {"max_faces": True}),
        *({"max_faces": "2"}, {"smoothing": -1}, {"smoothing": "0.5"}, {"smoothing": float("nan")}),
        *({"rate": True}, {"min_face": True}, {"min_confidence": True}),
    ],
)
def test_settings_of_video_out_of_range(wrong):
    with pytest.raises(ValueError, match="must be"):
        fer_core.read_video(b"", **wrong)


def test_settings_of_video_may_be_numbers_of_numpy(photo):
    clip = make_video([np.hstack([photo[..., ::-1]] * 2)] * 2)
    settings = {"max_faces": np.int64(1), "smoothing": np.float32(0), "rate": np.float64(5)}

    assert [len(sample.faces) for sample in fer_core.read_video(clip, **settings)] == [1]


def test_a_camera_is_no_video():
    with pytest.raises(ValueError, match="must be a path or bytes, not int"):
        fer_core.read_video(0)


def test_the_table_has_the_columns_of_the_command(photo, photo_file):
    from fer_core.inference.results import to_frame

    columns = list(to_frame([]).columns)
    faces = fer_core.read(photo_file)

    for given in (faces, faces[0], faces[:1], [faces], many([photo_file, photo], rgb=True), []):
        assert list(fer_core.to_frame(given).columns) == columns
    assert fer_core.to_frame(faces)["image"][0] == str(photo_file)
    assert len(fer_core.to_frame([faces, faces])) == 2
    for wrong in (3, "photo.png", None, photo):
        with pytest.raises(ValueError, match="to_frame takes what read"):
            fer_core.to_frame(wrong)


def test_a_fallback_of_the_detector_warns_once(photo, monkeypatch):
    monkeypatch.setattr(loaded, "load_detector", lambda: detector.haar_detector("No YuNet."))

    with pytest.warns(UserWarning, match="No YuNet"):
        fer_core.read(photo, rgb=True)
    fer_core.read(photo, rgb=True)


def test_importing_is_light():
    code = (
        "import sys, fer_core; names = dir(fer_core);"
        "print([m for m in ('numpy', 'cv2', 'onnxruntime', 'pandas', 'av') if m in sys.modules],"
        "[n for n in ('read', 'read_many', 'read_video', 'to_frame') if n not in names])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", cwd=PROJECT_ROOT
    )

    assert said.stdout.split() == ["[]", "[]"]
    with pytest.raises(AttributeError, match="no attribute 'reed'"):
        _ = fer_core.reed


@pytest.mark.slow
def test_type_checkers_know_what_is_read(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import fer_core\n"
        "faces = fer_core.read('photo.jpg', min_face=20)\n"
        "label: str = faces[0].label\n"
        "happy: float = faces[0].probabilities['happy']\n"
        "for name, found, error in fer_core.read_many('folder'):\n"
        "    text: str = error or name + found[0].label\n"
        "moments: list[float] = [s.seconds for s in fer_core.read_video('a.mp4', rate=5)]\n"
        "fer_core.read('photo.jpg', modle='tiny')\n"
        "wrong: int = faces[0].label\n",
        encoding="utf-8",
    )
    said = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", str(script)],
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(PROJECT_ROOT)},
    )

    errors = [line for line in said.stdout.splitlines() if re.match(r"script\.py:\d+: error", line)]
    assert len(errors) == 2, said.stdout
    assert 'Unexpected keyword argument "modle"' in errors[0]
    assert "[assignment]" in errors[1]
    assert (PROJECT_ROOT / "fer_core" / "py.typed").exists()
