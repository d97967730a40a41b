"""What a worker does with its shards, in this process and without Ray."""

import os

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from fer_core import paths
from fer_core.cli import app
from fer_core.errors import ScaleError
from fer_core.inference import detector
from fer_core.inference.classifier import Classifier
from fer_core.inference.detector import haar_detector
from fer_core.inference.predictor import Predictor
from fer_core.inference.results import ImageResult
from fer_core.runs.store import get_run
from fer_core.scale import folder as folders
from fer_core.scale import parts, shards
from fer_core.scale.folder import Folder
from fer_core.scale.reader import ShardReader
from tests.builders import make_run
from tests.inference.media import gray_frames, make_video, png
from tests.scale.pictures import add_others, csv_of, make_pictures, table_of

SETTINGS = {
    **{"threshold": 0.6, "max_faces": None, "min_face": None, "whole": False},
    **{"rate": 5.0, "smoothing": 0.5, "zip_encoding": None},
}


@pytest.fixture(autouse=True)
def _offline(monkeypatch, tmp_path):
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "runs"))
    monkeypatch.setattr(detector, "_loaded", haar_detector())
    make_run(tmp_path / "runs")


@pytest.fixture
def predictor(tmp_path):
    run = get_run("fake", tmp_path / "runs")
    return Predictor(Classifier(run), haar_detector(), unsure_below=run.config.abstain_below or 0.0)


@pytest.fixture
def pictures(tmp_path):
    return add_others(make_pictures(tmp_path / "in", 7))


def read_all(predictor, out, *sources, size=3, settings=SETTINGS):
    """Reads all shards of `sources` into `out`; what was said of each."""
    place = Folder(str(out))
    place.make()
    manifest = shards.read_manifest(place)
    if manifest is None:
        asked = {"sources": list(map(str, sources)), "settings": settings}
        manifest = shards.write_manifest(place, asked, size)
    reader = ShardReader(str(out), manifest, predictor)
    return [reader.read(number, *line) for number, line in enumerate(shards.offsets(place))]


def test_the_parts_together_are_the_table_of_one_machine(tmp_path, predictor, pictures):
    said = read_all(predictor, tmp_path / "out", pictures)
    alone = CliRunner().invoke(app, ["predict", str(pictures), "--csv"])

    assert csv_of(tmp_path / "out") == alone.stdout
    assert sum(part["inputs"] for part in said) == 7 + 1 + 2 + 2
    assert sum(part["failed"] for part in said) == 3
    assert [part["problem"] for part in said] == [""] * len(said)
    errors = table_of(tmp_path / "out")["error"].dropna()
    assert sorted(error.rpartition("/")[2][:10] for error in errors) == [
        *("bad.jpg is", "empty.png ", "letter.jpg")
    ]


def test_a_second_run_reads_only_what_has_no_whole_part(tmp_path, predictor, pictures):
    out = tmp_path / "out"
    read_all(predictor, out, pictures)
    before = csv_of(out)
    whole = (out / "part-00000.parquet").read_bytes()
    (out / "part-00000.parquet").write_bytes(whole[: len(whole) - 9])
    (out / "part-00001.parquet").unlink()
    (out / "part-00002.parquet").write_bytes(b"")

    said = read_all(predictor, out, pictures)

    assert [part["kept"] for part in said] == [False] * 3 + [True] * (len(said) - 3)
    assert csv_of(out) == before
    assert {part["inputs"] for part in said if part["kept"]} != {0}, "Kept parts are counted."


def test_a_part_that_answers_something_else_does_not_count(tmp_path, predictor, pictures):
    read_all(predictor, tmp_path / "out", pictures)
    read_all(predictor, tmp_path / "other", pictures, settings=SETTINGS | {"whole": True}, size=2)
    foreign = (tmp_path / "other" / "part-00001.parquet").read_bytes()
    for name in ("part-00000.parquet", "part-00001.parquet"):
        (tmp_path / "out" / name).write_bytes(foreign)

    said = read_all(predictor, tmp_path / "out", pictures)

    assert [part["kept"] for part in said[:3]] == [False, False, True]


def test_a_list_names_pictures_wherever_they_lie(tmp_path, predictor, pictures, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = ["in/000/00001.jpg", f"{pictures}/000/00002.jpg", "", "in/gone.jpg", "in/some.zip"]
    lines.append(f"file://{pictures}/000/0000%33.jpg")
    (tmp_path / "list.txt").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())

    read_all(predictor, "out", "list.txt")

    table = table_of("out")
    in_zip = ["in/some.zip/a.png", "in/some.zip/bad.jpg"]
    assert list(table["image"]) == [*lines[:2], lines[3], *in_zip, f"{pictures}/000/00003.jpg"]
    assert table["error"][2] == "in/gone.jpg does not exist."


def test_names_that_no_encoding_knows_are_read(tmp_path, predictor):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in (b"caf\xe9.png", "日本 %20?a=b.png".encode(), b"-.png"):
        (folder / os.fsdecode(name)).write_bytes(png(np.full((64, 64, 3), 90, np.uint8)))

    read_all(predictor, tmp_path / "out", folder)

    alone = CliRunner().invoke(app, ["predict", str(folder), "--csv"])
    assert csv_of(tmp_path / "out") == alone.stdout
    assert table_of(tmp_path / "out")["error"].isna().all()


def test_a_video_that_ends_too_early_is_one_that_failed(tmp_path, predictor):
    video = make_video(gray_frames(60), "avi", "mjpeg")
    (tmp_path / "half.avi").write_bytes(video[: len(video) // 2])

    (said,) = read_all(predictor, tmp_path / "out", tmp_path / "half.avi")

    alone = CliRunner().invoke(app, ["predict", str(tmp_path / "half.avi"), "--csv"])
    assert csv_of(tmp_path / "out") == alone.stdout
    assert (said["inputs"], said["failed"]) == (1, alone.exit_code)


def test_a_folder_that_a_machine_does_not_see_leaves_its_shards_unread(
    tmp_path, predictor, pictures
):
    read_all(predictor, tmp_path / "out", pictures)
    for part in (tmp_path / "out").glob("part-*"):
        part.unlink()
    pictures.rename(tmp_path / "elsewhere")

    said = read_all(predictor, tmp_path / "out", pictures)

    assert all("must see the pictures under the same path" in part["problem"] for part in said)
    assert not list((tmp_path / "out").glob("part-*"))


def test_a_full_disk_leaves_no_part_and_is_told(tmp_path, predictor, pictures, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    place = Folder(str(tmp_path / "out"))
    place.make()
    manifest = shards.write_manifest(place, {"sources": [str(pictures)], "settings": SETTINGS}, 3)
    monkeypatch.setattr(folders, "replace", full)

    said = ShardReader(place.address, manifest, predictor).read(0, *shards.offsets(place)[0])

    assert "no space left" in said["problem"]
    assert sorted(place.names()) == ["_manifest.json", "_shards.jsonl"]


def test_memory_does_not_grow_with_a_videos_length(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "_RESULTS", 4)
    counts = parts.Counts()
    place = Folder(str(tmp_path))
    result = ImageResult("clip.mp4", 64, 48, (), None, "YuNet", seconds=0.5)

    parts.write_part(place, 3, "digest", (result for _ in range(10)), counts)

    with pq.ParquetFile(tmp_path / "part-00003.parquet") as file:
        assert file.num_row_groups == 3
    assert counts.rows == 10
    assert parts.read_counts(place, 3, "digest") == counts


def test_a_damaged_manifest_is_told(tmp_path):
    (tmp_path / "_manifest.json").write_text('{"format": 1, "asked"', encoding="utf-8")

    with pytest.raises(ScaleError, match="damaged or of another version"):
        shards.read_manifest(Folder(str(tmp_path)))


def test_nothing_of_a_killed_writer_stays(tmp_path):
    place = Folder(str(tmp_path / "out"))
    place.make()
    (tmp_path / "out" / ".part-00001.parquet.1234abcd").write_bytes(b"half")
    (tmp_path / "out" / "._manifest.json.1234abcd").write_bytes(b"half")
    kept = ["._IMG_1.jpg", ".part-1.parquet.bak", ".part-of-mine", "part-00002.parquet"]
    for name in kept:
        (tmp_path / "out" / name).write_bytes(b"whole")

    place.clean()

    assert place.names() == kept


def test_the_columns_are_those_of_the_csv_with_whole_numbers(tmp_path, predictor, pictures):
    read_all(predictor, tmp_path / "out", pictures)

    table = table_of(tmp_path / "out")

    assert table["face"].dtype == table["left"].dtype == pd.Int64Dtype()
    assert table["width"].dtype == np.int64
    assert table["confidence"].dtype == np.float64
