import importlib
import io
import json
import re
import zipfile
from types import SimpleNamespace

import cv2
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from fer_core import paths
from fer_core.cli import app
from fer_core.errors import FerError
from fer_core.images import png
from fer_core.inference import detector, detector_file
from fer_core.inference.framing import whole_picture
from fer_core.inference.pictures.annotated_zip import annotated_zip
from fer_core.inference.pictures.decode import decode_image
from fer_core.inference.results import FacePrediction, ImageResult
from fer_core.inference.video.file import VideoFile
from tests.builders import make_run
from tests.inference.media import make_video, make_zip


@pytest.fixture(autouse=True)
def _offline(monkeypatch, tmp_path):
    """One run, no network: the Haar cascade finds the faces."""
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "runs"))
    monkeypatch.delenv(paths.DETECTOR_VARIABLE, raising=False)
    monkeypatch.setattr(detector_file, "URL", "http://127.0.0.1:9/nothing")
    monkeypatch.setattr(detector, "_loaded", None)
    monkeypatch.setattr(detector_file, "_failure", None)
    make_run(tmp_path / "runs")


def predict(*arguments):
    result = CliRunner().invoke(app, ["predict", *map(str, arguments)])
    if isinstance(result.exception, FerError):
        raise result.exception
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_table_names_the_image_and_an_emotion(photo):
    result = predict(photo)
    assert result.exit_code == 0
    assert "1 of 1" in result.stdout
    assert "%" in result.stdout
    assert "Haar cascade" in result.stderr


def test_json_is_all_that_stands_on_stdout(photo):
    (image,) = json.loads(predict(photo, "--json").stdout)
    assert image["image"] == str(photo)
    assert len(image["faces"][0]["probabilities"]) == 7


def test_csv_is_all_that_stands_on_stdout(photo, tmp_path):
    (tmp_path / "table.csv").write_text(predict(photo, "--csv").stdout, encoding="utf-8")
    frame = pd.read_csv(tmp_path / "table.csv")
    assert len(frame) == 1
    assert frame["image"][0] == str(photo)


def test_bad_files_get_a_sentence_and_the_others_are_done(photo, tmp_path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "note.jpg").write_text("Dear reader", encoding="utf-8")
    bad = [tmp_path / "empty.png", tmp_path / "note.jpg", tmp_path / "missing.png"]
    result = predict(bad[0], photo, *bad[1:], "--json")
    assert result.exit_code == 1
    lines = [line for line in result.stderr.splitlines() if line.startswith(str(tmp_path))]
    assert len(lines) == 3
    for path, words in zip(bad, ("empty", "text file", "does not exist")):
        assert sum(words in line and line.startswith(str(path)) for line in lines) == 1
    assert "Traceback" not in result.output
    images = json.loads(result.stdout)
    assert [bool(image["faces"]) for image in images] == [False, True, False, False]
    assert [image["error"] is None for image in images] == [False, True, False, False]


def test_no_face_is_said_and_the_whole_picture_taken_on_request(empty_scene):
    result = predict(empty_scene, "--json")
    assert result.exit_code == 0
    assert "no face found. Add --whole" in result.stderr
    assert json.loads(result.stdout)[0]["faces"] == []
    (face,) = json.loads(predict(empty_scene, "--json", "--whole").stdout)[0]["faces"]
    assert face["box"] is None
    assert "whole picture" in predict(empty_scene, "--whole").stdout


def test_brackets_in_a_name_are_shown_as_they_are(photo):
    odd = photo.with_name("[bold]me[.png")
    odd.write_bytes(photo.read_bytes()[:100])
    assert "[bold]me[.png is damaged" in predict(odd).stderr


def test_json_and_csv_exclude_each_other(photo):
    result = predict(photo, "--json", "--csv")
    assert result.exit_code == 2
    assert "exclude each other" in " ".join(result.stderr.split())


@pytest.mark.parametrize("option", ["--model", "--run"])
def test_run_can_be_named(photo, tmp_path, option):
    make_run(tmp_path / "runs", "second", seed=1)
    first, second = (
        json.loads(predict(photo, "--json", option, run).stdout) for run in ("fake", "second")
    )
    assert first[0]["faces"][0]["probabilities"] != second[0]["faces"][0]["probabilities"]
    unknown = predict(photo, option, "third")
    assert unknown.exit_code == 2
    assert "There is no run 'third'" in unknown.stderr


def test_without_a_trained_model(photo, monkeypatch, tmp_path):
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "none"))
    result = predict(photo)
    assert result.exit_code == 2
    assert "no trained model yet" in result.stderr


def test_folders_are_searched_and_hidden_files_left_out(photo, tmp_path):
    (photo.parent / "deep").mkdir()
    for name in ("deep/b.png", ".hidden.png"):
        (photo.parent / name).write_bytes(photo.read_bytes())
    (photo.parent / "notes.txt").write_text("Dear reader", encoding="utf-8")
    result = predict(photo.parent, "--json")
    images = json.loads(result.stdout)
    assert result.exit_code == 0, "What is no picture fails nothing, and is said."
    assert re.search(r"no pictures, videos or ZIPs: 1 file .*notes\.txt", result.stderr)
    assert "1 hidden file" in result.stderr
    assert [image["image"] for image in images] == [str(photo), str(photo.parent / "deep/b.png")]


def test_archives_are_read_without_being_unpacked(photo, tmp_path):
    archive = tmp_path / "in.zip"
    archive.write_bytes(make_zip(("a/1.png", photo.read_bytes()), ("../2.png", b"x")))
    (tmp_path / "cache" / "models").mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    result = predict(archive, "--json")
    images = json.loads(result.stdout)
    assert [image["image"] for image in images] == [f"{archive}/a/1.png", f"{archive}/../2.png"]
    assert images[0]["faces"]
    assert "points outside" in images[1]["error"]
    assert result.exit_code == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_broken_archive_is_a_row(tmp_path):
    (tmp_path / "in.zip").write_bytes(b"PK nothing")
    result = predict(tmp_path / "in.zip", "--csv")
    assert result.exit_code == 1
    assert "not a ZIP" in pd.read_csv(io.StringIO(result.stdout))["error"][0]


def test_a_video_gives_rows_with_time_codes_and_an_annotated_copy(photo, tmp_path):
    frames = [cv2.imread(str(photo))] * 20
    (tmp_path / "clip.mp4").write_bytes(make_video(frames))
    result = predict(tmp_path / "clip.mp4", "--csv", "--rate", "10", "--annotate", tmp_path / "out")
    assert result.exit_code == 0
    table = pd.read_csv(io.StringIO(result.stdout))
    assert list(table["seconds"]) == pytest.approx([i / 10 for i in range(10)])
    assert set(table["face"]) == {1}
    assert table["time_code"][1] == "0:00:00.100"
    copy = tmp_path / "out" / "clip-faces.mp4"
    with VideoFile(copy, "copy", rate=10) as video:
        samples = [frame for _, frame in video]
    assert len(samples) == 10
    assert np.abs(samples[0].astype(int) - frames[0]).mean() > 0.5


def test_what_a_video_does_not_show_is_said_once_at_its_end(photo, tmp_path):
    face, wall = cv2.imread(str(photo)), np.full((512, 512, 3), 90, np.uint8)
    (tmp_path / "half.mp4").write_bytes(make_video([wall] * 10 + [face] * 10))
    result = predict(tmp_path / "half.mp4", "--csv", "--rate", 10)
    table = pd.read_csv(io.StringIO(result.stdout))
    assert result.exit_code == 0
    assert table["seconds"].nunique() == 10, "One row or more a sample, seen or not."
    assert result.stderr.count("half.mp4: no face found in 5 of 10 samples.") == 1


def test_the_most_faces_can_be_set_and_what_is_left_out_is_said(photo, tmp_path):
    two = np.hstack([cv2.imread(str(photo))] * 2)
    (tmp_path / "two.mp4").write_bytes(make_video([two] * 4))
    cv2.imwrite(str(tmp_path / "two.png"), two)
    names = tmp_path / "two.mp4", tmp_path / "two.png"
    counts = {
        row["image"].rpartition(".")[2]: len(row["faces"])
        for row in json.loads(predict(*names, "--json", "--max-faces", 1).stdout)
    }
    assert counts == {"mp4": 1, "png": 1}
    said = predict(*names, "--max-faces", 1).stderr
    assert re.search(r"two\.mp4: faces were left out in 1 of 1 samples; up to \d", said)
    assert re.search(r"two\.png: \d of \d faces were left out", said)
    assert "--max-faces" not in predict(*names).stderr


def test_a_name_is_no_formula_in_the_table(photo, tmp_path, monkeypatch):
    (tmp_path / "=1+1.zip").write_bytes(make_zip(("a.png", photo.read_bytes())))
    monkeypatch.chdir(tmp_path)
    assert predict("=1+1.zip", "--csv").stdout.splitlines()[1].startswith("'=1+1.zip/a.png,")


@pytest.mark.parametrize("shape", [(1, 1_200_000), (60_000, 1), (90, 33_000)])
def test_pictures_of_extreme_shape_are_read_and_drawn(tmp_path, shape):
    path = tmp_path / "strip.png"
    path.write_bytes(png(np.full((*shape, 3), 90, np.uint8)))
    (image,) = json.loads(predict(path, "--whole", "--json", "--annotate", tmp_path / "out").stdout)
    assert (image["height"], image["width"]) == shape
    assert len(image["faces"]) == 1
    copy = decode_image((tmp_path / "out" / "strip-faces.png").read_bytes())
    assert copy.shape == (*shape, 3)
    frame = decode_image(path.read_bytes())
    face = FacePrediction(whole_picture(frame), np.full(7, 1 / 7, np.float32), None)
    result = ImageResult("x", shape[1], shape[0], (face,), None, "none")
    with zipfile.ZipFile(io.BytesIO(annotated_zip([(frame, result)])[0])) as archive:
        small = cv2.imdecode(np.frombuffer(archive.read("x-faces.jpg"), np.uint8), 1)
    assert max(small.shape) == 1600


def test_a_file_that_only_calls_itself_a_video(tmp_path):
    (tmp_path / "clip.mp4").write_text("no video", encoding="utf-8")
    result = predict(tmp_path / "clip.mp4", "--json")
    assert result.exit_code == 1
    assert "is not a video" in json.loads(result.stdout)[0]["error"]


def test_results_are_printed_as_they_come(photo, monkeypatch):
    """So memory does not grow with the number of files, and Ctrl-C loses nothing."""
    command = importlib.import_module("fer_core.cli.predict")
    seen = []
    real = command.typer.echo

    def echo(text, **options):
        real(text, **options)
        seen.append(text)

    def inputs(paths, *_, **__):
        for path in [*paths, *paths]:
            yield from real_inputs([path])
            assert str(path) in seen[-1], "The result before must be printed by now."

    from fer_core.inference import sources as module

    real_inputs = module.find_inputs
    monkeypatch.setattr(command.typer, "echo", echo)
    monkeypatch.setattr(module, "find_inputs", inputs)
    assert predict(photo, "--csv", "--jobs", 1).exit_code == 0
    assert len(seen) == 2


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), OSError("The disk is gone.")])
def test_a_table_holds_what_was_read_before_a_stop(stop, monkeypatch):
    def read():
        for number in range(5):
            yield ImageResult(f"{number}.png", 48, 48, (), None, "none")
        raise stop

    command = importlib.import_module("fer_core.cli.predict")
    monkeypatch.setattr(command, "time", SimpleNamespace(monotonic=lambda: 1.0))
    written = []
    with pytest.raises(type(stop)):
        written.extend(command._as_csv(read()))  # a list keeps what it got before the stop

    assert len(written) == 2, "The first at once, the others together."
    names = [line.split(",")[0] for line in "".join(written).splitlines()]
    assert names == ["image", *(f"{number}.png" for number in range(5))]


def test_outputs_below_an_input_folder_are_not_read(photo):
    out = photo.parent / "out"
    for _ in range(2):
        images = json.loads(predict(photo.parent, "--json", "--annotate", out).stdout)
        assert [image["image"] for image in images] == [str(photo)]


def test_nothing_to_read_is_an_empty_answer(tmp_path):
    (tmp_path / "none").mkdir()
    assert json.loads(predict(tmp_path / "none", "--json").stdout) == []
    assert predict(tmp_path / "none", "--csv").stdout.startswith("image,")


def test_the_cascade_can_be_forced(photo):
    (image,) = json.loads(predict(photo, "--json", "--detector", "haar").stdout)
    assert image["detector"] == "Haar cascade"
