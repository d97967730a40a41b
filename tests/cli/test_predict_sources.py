"""What `predict` takes, what it leaves out and says, and how it ends."""

import csv
import io
import json
import os
import subprocess
import sys

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_core.classes import CLASS_NAMES
from fer_core.inference.pictures import decode
from fer_core.inference.results import BOX_COLUMNS
from fer_core.paths import PROJECT_ROOT
from tests.cli.test_predict import _offline, predict  # noqa: F401
from tests.inference.media import gray_frames, make_heic, make_video, make_zip, png

WALL = png(np.full((64, 96, 3), 90, np.uint8))


def rows(*arguments):
    return {row["image"].rpartition("/")[2]: row for row in json.loads(predict(*arguments).stdout)}


def test_every_form_in_a_folder_is_read(tmp_path):
    """By ending, without one, or with one that says nothing."""
    image = Image.fromarray(np.full((64, 96, 3), 90, np.uint8))
    for name, form in {
        **{"a.jfif": "JPEG", "b.avif": "AVIF", "c.j2k": "JPEG2000", "d.pnm": "PPM"},
        **{"e.webp": "WEBP", "no ending": "PNG", "f.jpg_large": "JPEG", "g.tif": "TIFF"},
    }.items():
        image.save(tmp_path / name, form)
    (tmp_path / "h.HEIC").write_bytes(make_heic(np.full((64, 96, 3), 90, np.uint8)))
    image.convert("1").save(tmp_path / "i.pbm", "PPM")
    result = predict(tmp_path, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert len(found) == 10
    assert all(row["error"] is None and row["width"] == 96 for row in found)


def test_what_holds_pictures_and_is_not_read_fails_with_a_sentence(tmp_path):
    for name in ("a.nef", "b.psd", "c.rar", "d.svg"):
        (tmp_path / name).write_bytes(b"II*\0 anything")
    result = predict(tmp_path, "--json")
    assert result.exit_code == 1
    errors = [row["error"] for row in json.loads(result.stdout)]
    assert [word in error for word, error in zip(("raw", "drawing", "archive", "drawing"), errors)]
    assert all("not read" in error for error in errors)


def test_nothing_to_read_is_told_and_no_success(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("Dear reader", encoding="utf-8")
    for folder in ("empty", "notes"):
        result = predict(tmp_path / folder)
        assert result.exit_code == 1
        assert f"{folder} holds no picture, video or ZIP." in result.stderr
        assert "Nothing was read" in result.stderr
    assert "notes/a.txt" in result.stderr


def test_links_that_lead_nowhere_end_nothing(tmp_path, photo):
    for name in ("loop.png", "loop.mp4", "loop", "loop.zip"):
        (tmp_path / name).symlink_to(tmp_path / name)
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "never")
    paths = sorted(path for path in tmp_path.iterdir() if path.is_symlink())
    assert len(paths) == 5
    result = predict(*paths, photo, "--json", "--annotate", tmp_path / "out")
    assert result.exit_code == 1
    *broken, good = json.loads(result.stdout)
    assert [row["image"] for row in broken] == [str(path) for path in paths]
    assert all(row["error"] for row in broken)
    assert good["faces"]


def test_linked_folders_are_named(tmp_path, photo):
    (tmp_path / "in" / "more").symlink_to(tmp_path)
    result = predict(tmp_path / "in")
    assert result.exit_code == 0
    assert "links to folders are not followed" in result.stderr
    assert "in/more" in result.stderr


@pytest.mark.skipif(
    getattr(os, "geteuid", lambda: 0)() == 0, reason="root and Windows open every folder"
)
def test_a_folder_that_cannot_be_opened_fails(tmp_path, photo):
    (tmp_path / "in" / "closed").mkdir(mode=0)
    assert predict(tmp_path / "in").exit_code == 1


def test_a_zip_is_read_as_a_folder_is(tmp_path):
    """Text listed, hidden files counted, videos read, an inner ZIP named, folders kept."""
    scene = cv2.imencode(".png", np.full((64, 96, 3), 90, np.uint8))[1].tobytes()
    with pytest.warns(UserWarning, match="Duplicate"):
        data = make_zip(
            *(("a/1.png", scene), ("b\\1.png", scene), ("a/1.png", scene), ("c/clip", b"")),
            *(("c/clip.mp4", make_video(gray_frames(3))), ("read me.txt", b"Dear reader")),
            *(("__MACOSX/._1.png", b"x"), ("in.zip", make_zip(("1.png", scene))), ("d", scene)),
        )
    (tmp_path / "all.zip").write_bytes(data)
    result = predict(tmp_path / "all.zip", "--json", "--annotate", tmp_path / "out")
    assert result.exit_code == 1
    found = [
        (row["image"].partition("all.zip/")[2], row["error"]) for row in json.loads(result.stdout)
    ]
    names = [name for name, _ in found]
    assert set(names) == {"a/1.png", "b/1.png", "a/1.png (2)", "c/clip.mp4", "in.zip", "d"}
    assert [name for name, error in found if error] == ["in.zip"]
    assert "a ZIP in a ZIP" in result.stderr
    assert "2 files" in result.stderr
    assert "read me.txt" in result.stderr
    assert "1 hidden file" in result.stderr
    written = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.*")}
    folder = "all"
    assert {f"{folder}/a/1-faces.png", f"{folder}/b/1-faces.png", f"{folder}/d-faces.png"} < written
    assert len(written) == 5


def test_names_of_another_system_in_a_zip(tmp_path):
    import zipfile

    plain = make_zip(("AABB/CCDD.png", WALL))
    gbk = plain.replace(b"AABB/CCDD", "张三/开心".encode("gbk"))
    (tmp_path / "x.zip").write_bytes(gbk)
    assert zipfile.is_zipfile(tmp_path / "x.zip")
    result = predict(tmp_path / "x.zip", "--json")
    assert json.loads(result.stdout)[0]["image"].endswith("x.zip/张三/开心.png")
    assert "read as gbk" in result.stderr
    chosen = predict(tmp_path / "x.zip", "--json", "--zip-encoding", "cp866")
    assert "开心" not in chosen.stdout
    assert "read as" not in chosen.stderr
    assert predict(tmp_path / "x.zip", "--zip-encoding", "klingon").exit_code == 2


def test_an_encrypted_member_is_told(tmp_path):
    data = bytearray(make_zip(("1.png", WALL)))
    for start in (data.find(b"PK\x03\x04") + 6, data.find(b"PK\x01\x02") + 8):
        data[start] |= 1
    (tmp_path / "x.zip").write_bytes(data)
    result = predict(tmp_path / "x.zip")
    assert result.exit_code == 1
    assert "is encrypted. Make a ZIP without a password." in result.stderr


def test_an_animation_says_that_its_first_frame_was_read(tmp_path):
    frames = [Image.fromarray(np.full((32, 32, 3), value, np.uint8)) for value in (0, 99)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    result = predict(tmp_path / "a.gif", "--csv")
    assert "a.gif: It is animated; its first frame was read." in result.stderr
    assert "first frame" in pd.read_csv(io.StringIO(result.stdout))["note"][0]


def test_a_large_picture_has_boxes_and_copy_at_its_full_size(tmp_path, photo, monkeypatch):
    whole = rows(photo, "--json")["astronaut.png"]
    monkeypatch.setattr(decode, "MAX_DECODED_PIXELS", 70_000)  # so that its sides are halved
    found = rows(photo, "--json", "--annotate", tmp_path / "out")["astronaut.png"]
    assert (found["width"], found["height"]) == (512, 512)
    expected, boxes = (
        np.array([[face["box"][side] for side in BOX_COLUMNS] for face in row["faces"]])
        for row in (whole, found)
    )
    assert np.abs(boxes - expected[0]).max(axis=1).min() < 25
    with Image.open(tmp_path / "out" / "astronaut-faces.png") as copy:
        assert copy.size == (512, 512)


def test_csv_for_excel_and_cells_that_are_no_formulas(tmp_path, monkeypatch):
    for name in ("=cmd.png", "+1.png", "@x.png", "-a.png", "\tb.png", "日本.png"):
        (tmp_path / name).write_bytes(WALL)
    result = predict(tmp_path, "--excel")
    assert result.stdout.startswith("\ufeffimage,")
    names = [row["image"] for row in csv.DictReader(io.StringIO(result.stdout.lstrip("\ufeff")))]
    assert len(names) == 6
    monkeypatch.chdir(tmp_path)
    table = csv.DictReader(io.StringIO(predict("=cmd.png", "+1.png", "@x.png", "--csv").stdout))
    assert [row["image"] for row in table] == ["'=cmd.png", "'+1.png", "'@x.png"]


@pytest.mark.parametrize(
    ("form", "environment"),
    [
        ("--csv", {"PYTHONIOENCODING": "cp1252"}),
        (None, {"PYTHONIOENCODING": "cp1252"}),
        ("--excel", {"LC_ALL": "C", "PYTHONUTF8": "0"}),
    ],
)
def test_names_that_the_output_s_encoding_lacks(tmp_path, form, environment):
    (tmp_path / "日本.png").write_bytes(WALL)
    (tmp_path / "bad 日本.png").write_bytes(b"x")
    asked = [form] if form else ["--whole"]
    done = subprocess.run(
        [sys.executable, "-m", "fer_core", "predict", str(tmp_path), *asked, "--detector", "haar"],
        env=os.environ | environment,
        cwd=PROJECT_ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, "One of the two cannot be read."
    assert b"Traceback" not in done.stderr
    if form:
        text = done.stdout.decode("utf-8-sig")
        assert "日本.png" in text
    else:
        assert any(name.encode() in done.stdout for name in CLASS_NAMES)
