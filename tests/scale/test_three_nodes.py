"""`predict --ray` on three nodes of one machine: equal to one machine, whatever dies."""

import os
import re
import signal
import subprocess
import sys
import time

import psutil
import pyarrow.fs
import pytest

from fer_core.paths import PROJECT_ROOT
from fer_core.runs.store import get_run
from fer_core.scale.cluster import run_on
from fer_core.scale.folder import Folder
from fer_core.scale.parts import read_counts
from fer_core.scale.shards import read_manifest, write_manifest
from tests.scale.conftest import STORE_KEYS
from tests.scale.pictures import add_others, csv_of, make_pictures

pytestmark = pytest.mark.scale

PICTURES = 600


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return add_others(make_pictures(tmp_path_factory.mktemp("in"), PICTURES, every=6))


@pytest.fixture(scope="module")
def alone(pictures):
    """The table of one machine."""
    return predict(pictures, "--csv").communicate()[0]


def predict(*arguments, **environment):
    """The command, as a process of its own."""
    command = [sys.executable, "-m", "fer_core", "predict", *map(str, arguments)]
    return subprocess.Popen(
        [*command, "--detector", "haar", "--run", "tiny", "--whole"],
        cwd=PROJECT_ROOT,
        env=os.environ | STORE_KEYS | {"COLUMNS": "200"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def ended(process, code):
    """What the command said at its end."""
    said = process.communicate()[1]
    assert process.returncode == code, said
    assert "Traceback" not in said
    return said


def parts_in(folder):
    return len(list(folder.glob("part-*.parquet")))


def wait_for_parts(process, folder, count):
    deadline = time.monotonic() + 120
    while parts_in(folder) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_no_row_is_lost_or_doubled_when_a_node_and_the_driver_are_killed(
    cluster, pictures, alone, tmp_path
):
    out = tmp_path / "out"
    asked = [pictures, "--ray", cluster.address, "--out", out, "--shard", "20"]
    process = predict(*asked, **cluster.environment)
    wait_for_parts(process, out, 11)
    cluster.ask("kill")
    wait_for_parts(process, out, 22)
    (driver,) = psutil.Process(process.pid).children()
    driver.send_signal(signal.SIGKILL)
    said = ended(process, 1)
    assert "was killed. Run the same command again to continue." in said
    cluster.ask("complete")
    before = parts_in(out)
    assert before < 34
    cut = out / "part-00004.parquet"
    cut.write_bytes(cut.read_bytes()[:-20])

    said = ended(predict(*asked, **cluster.environment), 1)

    assert f"{before - 1} of which were there" in said
    assert "3 could not be read; the column `error` says why." in said
    assert csv_of(out) == alone
    assert not [name for name in os.listdir(out) if name.startswith(".")]


def test_one_machine_alone_gives_the_same(pictures, alone, tmp_path):
    out = tmp_path / "out"

    said = ended(predict(pictures, "--ray", "local", "--out", out, HOME=str(tmp_path)), 1)

    assert csv_of(out) == alone
    assert re.search(r"605 read, \d+ faces, in \d+ s", said)
    assert not (tmp_path / ".ray" / "auth_token").exists(), "Later clusters would ask for it."


def test_pictures_in_a_store_are_read_into_a_table_there(cluster, store, tmp_path):
    files, root = pyarrow.fs.FileSystem.from_uri(f"s3://pictures/in{store}")
    few = add_others(make_pictures(tmp_path / "few", 30))
    pyarrow.fs.copy_files(str(few), root, destination_filesystem=files)
    alone = predict(few, "--csv").communicate()[0]
    asked = [f"s3://pictures/in{store}", "--ray", cluster.address, "--shard", "7"]
    asked += ["--out", f"s3://pictures/out{store}"]

    said = ended(predict(*asked, **cluster.environment), 1)

    (tmp_path / "out").mkdir()
    pyarrow.fs.copy_files("pictures/out", str(tmp_path / "out"), source_filesystem=files)
    assert csv_of(tmp_path / "out").replace("s3://pictures/in", str(few)) == alone
    assert "35 read" in said
    out = Folder(f"s3://pictures/out{store}")
    digest = read_manifest(out).digest
    assert all(read_counts(out, number, digest) for number in range(7)), "A second run keeps them."


@pytest.mark.long
def test_pictures_that_crash_their_worker_hold_up_no_others(
    cluster, pictures, tmp_path, monkeypatch
):
    for name, value in cluster.environment.items():
        monkeypatch.setenv(name, value)
    settings = {"threshold": 0.6, "max_faces": None, "min_face": None, "whole": False}
    settings |= {"rate": 5.0, "smoothing": 0.5, "zip_encoding": None}
    folder = Folder(str(tmp_path))
    write_manifest(folder, {"sources": [str(pictures / "000")], "settings": settings}, 7)
    request = {"out": str(tmp_path), "run": str(get_run("compact").folder)}
    heard = []

    answer = run_on(
        *(cluster.address, "tests.scale.crashing"),
        *(request | {"temporal": None, "detector": None, "workers": None}, heard.append),
    )

    unread = answer["unread"]
    assert 3 in unread
    assert len(unread) < 4, "What waited for the same worker may be lost with it, no more."
    assert sorted(said["shard"] for said in heard) == sorted({*range(8)} - {*unread})


@pytest.mark.long
def test_stopped_by_hand_it_leaves_the_cluster(cluster, pictures, tmp_path):
    out = tmp_path / "out"
    asked = [pictures, "--ray", cluster.address, "--out", out, "--shard", "20"]
    process = predict(*asked, **cluster.environment)
    wait_for_parts(process, out, 3)
    (driver,) = psutil.Process(process.pid).children()

    process.send_signal(signal.SIGINT)

    assert "Stopped." in ended(process, 130)
    assert not driver.is_running()
    assert parts_in(out) < 34
