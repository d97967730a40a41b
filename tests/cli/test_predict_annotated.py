"""`predict --annotate`: the copies with boxes, their names, and what happens where one fails."""

import errno
import importlib
import json

import cv2
import pytest
from typer.testing import CliRunner

from fer_core.cli import app
from fer_core.errors import FerError, VideoError
from fer_core.inference.video.reader import VideoReader
from tests.cli.test_predict import _offline, predict  # noqa: F401
from tests.inference.media import make_video, make_zip


def test_annotated_pictures_of_equal_names_do_not_overwrite_each_other(photo, tmp_path):
    other = tmp_path / "other" / "astronaut.jpg"
    other.parent.mkdir()
    other.write_bytes(photo.read_bytes())
    result = predict(photo, other, "--out", tmp_path / "out")
    assert result.exit_code == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["astronaut-faces-2.png", "astronaut-faces.png"]
    drawn = cv2.imread(str(tmp_path / "out" / "astronaut-faces.png"))
    assert drawn.shape == (512, 512, 3)
    assert (drawn != cv2.imread(str(photo))).any()


def test_an_input_is_never_overwritten(photo):
    taken = photo.with_name("astronaut-faces.png")
    taken.write_bytes(photo.read_bytes())
    before = taken.read_bytes()
    predict(photo, taken, "--out", photo.parent)
    assert taken.read_bytes() == before
    assert photo.with_name("astronaut-faces-2.png").exists()
    assert photo.with_name("astronaut-faces-faces.png").exists()


def test_output_stays_in_its_folder(photo, tmp_path):
    detour = photo.parent / ".." / "in" / ".." / "in" / "astronaut.png"
    predict(detour, "--out", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["astronaut-faces.png"]


def test_output_folder_that_is_a_file(photo, tmp_path):
    (tmp_path / "out").write_text("", encoding="utf-8")
    result = predict(photo, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "cannot be made into a folder" in result.stderr


@pytest.mark.parametrize("kind", [VideoError, KeyboardInterrupt])
def test_of_a_video_that_fails_no_annotated_copy_is_left(photo, tmp_path, monkeypatch, kind):
    (tmp_path / "clip.mp4").write_bytes(make_video([cv2.imread(str(photo))] * 10))
    real = VideoReader.read

    def read(self, frame, name, seconds):
        if seconds > 0.2:
            raise kind("clip.mp4 is damaged.")
        return real(self, frame, name, seconds)

    monkeypatch.setattr(VideoReader, "read", read)
    arguments = [tmp_path / "clip.mp4", "--rate", "10", "--annotate", tmp_path / "out"]
    result = CliRunner().invoke(app, ["predict", *map(str, arguments)])
    assert result.exit_code != 0
    assert "0:00:00.200" in result.stdout
    assert list((tmp_path / "out").iterdir()) == []


LONG = ("笑" * 80, "\N{GRINNING FACE}" * 62, "é" * 120, "x" * 240)


def test_long_names_get_a_copy_with_a_shorter_one(photo, tmp_path):
    names = [f"{LONG[0]}.png", f"{LONG[1]}.png", f"{LONG[2]}.png", f"{LONG[3]}.png"]
    for name in names:
        photo.with_name(name).write_bytes(photo.read_bytes())
    deep = tmp_path / "deep.zip"
    deep.write_bytes(make_zip((f"{'長' * 300}/{'名' * 300}.png", photo.read_bytes())))
    out = tmp_path / "out"
    result = predict(photo.parent, deep, "--json", "--annotate", out)
    assert result.exit_code == 0
    assert not [line for line in result.stderr.splitlines() if "written" in line]
    assert len(json.loads(result.stdout)) == 6
    copies = [path for path in out.rglob("*") if path.is_file()]
    assert len(copies) == 6
    assert all(path.name.endswith("-faces.png") for path in copies)


def test_a_video_of_a_long_name_gets_a_copy(photo, tmp_path):
    path = tmp_path / f"{LONG[0]}.mp4"
    path.write_bytes(make_video([cv2.imread(str(photo))] * 2))
    assert predict(path, "--annotate", tmp_path / "out").exit_code == 0
    (copy,) = (tmp_path / "out").iterdir()
    assert copy.name.startswith("笑笑")


def test_a_copy_that_cannot_be_written_ends_nothing(photo, tmp_path):
    clip = make_video([cv2.imread(str(photo))] * 2)
    (tmp_path / "all.zip").write_bytes(
        make_zip(("a/1.png", photo.read_bytes()), ("a/c.mp4", clip), ("2.png", photo.read_bytes()))
    )
    out = tmp_path / "out"
    (out / "all").mkdir(parents=True)
    (out / "all" / "a").write_text("no folder", encoding="utf-8")
    result = predict(tmp_path / "all.zip", "--json", "--annotate", out)
    assert result.exit_code == 1
    images = json.loads(result.stdout)
    assert [bool(image["faces"]) for image in images] == [True] * len(images)
    assert len({image["image"] for image in images}) == 3
    for name in ("1", "c"):
        assert result.stderr.count(f"The copy {out / 'all' / 'a' / name} cannot be written") == 1
    assert (out / "all" / "2-faces.png").exists()


@pytest.mark.parametrize("kind", ["png", "mp4"])
def test_a_full_disk_ends_the_batch_with_a_sentence_and_a_whole_array(
    photo, tmp_path, monkeypatch, kind
):
    (tmp_path / "a.mp4").write_bytes(make_video([cv2.imread(str(photo))] * 2))
    annotated = importlib.import_module("fer_core.cli.predict_annotated")
    video = importlib.import_module("fer_core.inference.video.annotated").AnnotatedVideo

    def refuse(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    if kind == "png":
        monkeypatch.setattr(annotated.files, "write_bytes", refuse)
    else:
        monkeypatch.setattr(video, "add", refuse)
    paths = [photo, tmp_path / "a.mp4"] if kind == "mp4" else [tmp_path / "a.mp4", photo, photo]
    arguments = [*paths, "--json", "--annotate", tmp_path / "out"]
    result = CliRunner().invoke(app, ["predict", *map(str, arguments)])
    assert isinstance(result.exception, FerError)
    assert "The disk is full" in str(result.exception)
    assert json.loads(result.stdout)
