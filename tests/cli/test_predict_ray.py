"""`predict --ray` as one sees it; shards are read in this process, in place of a cluster."""

import re

import numpy as np
import pytest
from skimage import data

from fer_core.errors import ScaleError
from fer_core.inference import detector
from fer_core.inference.detector import haar_detector
from fer_core.runs.records import Place
from fer_core.runs.store import get_run
from fer_core.scale import cluster, shards
from fer_core.scale.folder import Folder
from fer_core.scale.reader import ShardReader
from fer_core.scale.reading import model_of
from tests.builders import make_pooled, make_temporal
from tests.cli.test_predict import _offline, predict  # noqa: F401
from tests.inference.media import make_video
from tests.scale.pictures import add_others, csv_of, make_pictures


@pytest.fixture(autouse=True)
def _no_cluster(monkeypatch):
    def run_on(address, module, request, tell):
        assert (address, module) == ("local", "fer_core.scale.reading")
        folder = Folder(request["out"])
        manifest = shards.read_manifest(folder)
        reader = ShardReader(request["out"], manifest, model_of(request).predictor())
        for number, line in enumerate(shards.offsets(folder)):
            tell(reader.read(number, *line))
        return {"unread": []}

    monkeypatch.setattr(cluster, "check_ready", lambda address: None)
    monkeypatch.setattr(cluster, "run_on", run_on)
    monkeypatch.setattr(detector, "_loaded", haar_detector())


@pytest.fixture
def pictures(tmp_path):
    return make_pictures(tmp_path / "in", 5)


def test_a_table_is_written_and_what_it_holds_is_told(pictures, tmp_path):
    out = tmp_path / "out"

    result = predict(pictures, "--ray", "local", "--out", out, "--shard", "2")

    assert result.exit_code == 0
    assert re.search(r"5 read, \d faces, in \d+ s\. .*out holds 3 shards; read them", result.stderr)
    assert not result.stdout
    assert csv_of(out) == predict(pictures, "--csv").stdout


def test_a_video_is_read_by_the_network_that_reads_it_without_a_cluster(tmp_path):
    face = np.ascontiguousarray(data.astronaut()[:256, 90:346, ::-1])
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(make_video([face] * 3 + [face // 2] * 3))
    make_pooled(get_run("fake"))
    make_temporal(tmp_path / "runs", default_in=(Place.VIDEO,))

    for name, way in {"own": (), "exponential": ("--over-time", "exponential")}.items():
        predict(clip, "--ray", "local", "--out", tmp_path / name, *way)

        assert csv_of(tmp_path / name) == predict(clip, "--csv", *way).stdout
    assert csv_of(tmp_path / "own") != csv_of(tmp_path / "exponential")
    with pytest.raises(Exception, match=r"over time was by network .* and is exponential now"):
        predict(clip, "--ray", "local", "--out", tmp_path / "own", "--smoothing", "0.5")


def test_the_same_command_again_reads_nothing_anew_and_needs_no_cluster(
    pictures, tmp_path, monkeypatch
):
    asked = (f"file://{pictures}", "--ray", "local", "--out", tmp_path / "out", "--shard", "2")
    predict(*asked)
    part = tmp_path / "out" / "part-00001.parquet"
    whole = part.read_bytes()
    part.write_bytes(whole[:-20])

    again = predict(*asked)
    monkeypatch.setattr(cluster, "run_on", lambda *_: pytest.fail("A cluster was asked."))
    last = predict(*asked)

    assert part.read_bytes() == whole
    for result, kept in ((again, "2"), (last, "all")):
        assert result.exit_code == 0
        assert "5 read" in result.stderr
        assert f"holds 3 shards, {kept} of which were there" in result.stderr


def test_what_cannot_be_read_is_told_and_fails(pictures, tmp_path):
    add_others(pictures)

    for _ in range(2):
        result = predict(pictures, "--ray", "local", "--out", tmp_path / "out")

        assert result.exit_code == 1
        assert "3 could not be read; the column `error` says why." in result.stderr
        assert "Left out, as they are no pictures, videos or ZIPs: 1 file" in result.stderr


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (["--threshold", "0.7"], "threshold was 0.6 and is 0.7 now"),
        (["--whole"], "whole was False and is True now"),
        (["--max-faces", "2"], "max faces was None and is 2 now"),
    ],
)
def test_a_folder_of_other_answers_is_refused(pictures, tmp_path, change, told):
    asked = (pictures, "--ray", "local", "--out", tmp_path / "out")
    predict(*asked)

    with pytest.raises(Exception, match=told):
        predict(*asked, *change)


def test_a_folder_of_that_name_elsewhere_is_another_one(tmp_path, monkeypatch):
    asked = ("photos", "--ray", "local", "--out", tmp_path / "out")
    for name in ("a", "b"):
        make_pictures(tmp_path / name / "photos", 1)
    monkeypatch.chdir(tmp_path / "a")
    predict(*asked)
    same = predict(tmp_path / "a" / "photos", *asked[1:])
    monkeypatch.chdir(tmp_path / "b")

    assert "all of which were there" in same.stderr
    with pytest.raises(ScaleError, match=r"sources was .*a.photos and is .*b.photos now"):
        predict(*asked)


@pytest.mark.parametrize(
    "source", ["s3://KEY:SECRET@bucket/in", "gs://SECRET@bucket", "ftp://me:SECRET@host/in"]
)
def test_a_password_in_an_address_is_refused_and_written_nowhere(tmp_path, source):
    with pytest.raises(ScaleError, match="holds a name or password") as told:
        predict(source, "--ray", "local", "--out", tmp_path / "out")

    assert "SECRET" not in str(told.value)
    assert not (tmp_path / "out").exists()


def test_a_foreign_table_is_not_written_into(pictures, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "part-0.parquet").write_bytes(b"someone's")

    with pytest.raises(Exception, match="a table that this command did not write"):
        predict(pictures, "--ray", "local", "--out", tmp_path / "out")

    assert (tmp_path / "out" / "part-0.parquet").read_bytes() == b"someone's"


def test_nothing_to_read_is_told(tmp_path):
    (tmp_path / "empty").mkdir()

    result = predict(tmp_path / "empty", "--ray", "local", "--out", tmp_path / "out")

    assert result.exit_code == 1
    assert "holds no picture, video or ZIP" in result.stderr
    assert "Nothing was read" in result.stderr


@pytest.mark.parametrize("name", ["gone", "gone.txt", "file:///gone/in"])
def test_what_is_not_there_is_told_before_anything_is_begun(tmp_path, name):
    with pytest.raises(ScaleError, match=r"There is no .*gone"):
        predict(name, "--ray", "local", "--out", tmp_path / "out")

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--ray", "local"], "give its folder by --out"),
        (["--ray", "local", "--out", "o", "--csv"], "neither --annotate nor --json"),
        (["--ray", "local", "--out", "o", "--annotate", "a"], "neither --annotate nor --json"),
        (["s3://bucket/in"], "s3://bucket/in is an address"),
    ],
)
def test_wrong_use_is_told(pictures, arguments, told):
    result = predict(pictures, *arguments)

    assert result.exit_code == 2
    assert told in " ".join(re.sub("[│╭╮╰╯─]", " ", result.stderr).split())


def test_an_address_of_an_unknown_kind_is_told(tmp_path):
    with pytest.raises(Exception, match="Addresses that begin with foo:// cannot be opened here"):
        predict("foo://x/in", "--ray", "local", "--out", tmp_path / "out")


def test_stopped_by_hand_it_says_that_the_same_command_continues(pictures, tmp_path, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(cluster, "run_on", stopped)

    result = predict(pictures, "--ray", "local", "--out", tmp_path / "out")

    assert result.exit_code == 130
    assert "Stopped. The same command continues." in result.stderr
