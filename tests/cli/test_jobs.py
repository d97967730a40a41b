"""`python -m fer_core jobs`: what the Train page does, by command."""

import json
import os
import sys
import time
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fer_core import paths
from fer_core.cli import app
from fer_core.errors import FerError
from fer_core.jobs import local
from fer_core.jobs.devices import Devices
from fer_core.jobs.limits import Limits
from fer_core.jobs.local import LocalBackend
from fer_core.runs.store import State, Status, default_run, write_status
from tests.builders import make_run

SECONDS = {"now": 60.0}


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An empty runs folder; jobs only count, and are ended with the test."""
    folder = tmp_path / "runs"
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(folder))
    monkeypatch.setenv("FER_MIN_FREE_GB", "0")
    spawn = local.spawn

    def fake(command, folder, root):
        counted = [sys.executable, "-m", "tests.jobs.fake", str(SECONDS["now"]), command[-1]]
        return spawn(counted, folder, root)

    monkeypatch.setattr(local, "spawn", fake)
    SECONDS["now"] = 60.0
    yield folder
    jobs = _jobs(folder)
    for job in jobs.list():
        if job.is_active:
            jobs.stop(job.run_id, at_once=True)


def _jobs(folder: Path) -> LocalBackend:
    return LocalBackend(folder, Limits(free_gb=0))


def _say(*arguments: str, given: str | None = None) -> str:
    """What the command prints, in one line."""
    done = CliRunner().invoke(app, ["jobs", *arguments], input=given)
    if isinstance(done.exception, FerError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())


def _wait(folder: Path, run_id: str, state: State) -> None:
    until = time.monotonic() + 250
    while _jobs(folder).status(run_id).status.state is not state:
        assert time.monotonic() < until, _jobs(folder).logs(run_id)
        time.sleep(0.1)


def test_a_job_is_submitted_shown_stopped_resumed_and_deleted(runs: Path) -> None:
    said = _say("submit", "--preset", "quick-look", "--set", "epochs=3", "--data", "synthetic")
    name = "quick-look-synthetic"
    assert said.startswith(f"{name}: queued.")
    assert name in _say("list", "--active")
    shown = json.loads(_say("show", name, "--json"))
    assert shown["run_id"] == name
    assert shown["train"]["epochs"] == 3
    _wait_for_line(name, f"begun {name}")

    _say("stop", name)
    _wait(runs, name, State.STOPPED)
    SECONDS["now"] = 0.1
    _say("resume", name)
    _wait(runs, name, State.DONE)
    assert "done" in _say("show", name)

    refused = CliRunner().invoke(app, ["jobs", "delete", name], input="n\n")
    assert refused.exit_code == 1
    assert (runs / name).exists()
    assert "deleted" in _say("delete", name, given="y\n")
    assert not (runs / name).exists()


def _wait_for_line(name: str, line: str) -> None:
    until = time.monotonic() + 250
    while line not in _say("logs", name):
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_run_becomes_the_app_s_default(runs: Path) -> None:
    make_run(runs, "best", accuracy=0.9)
    make_run(runs, "other", accuracy=0.4)

    assert "predicts with" in _say("default", "other")

    served = default_run(runs)
    assert served is not None
    assert served.run_id == "other"


def test_a_run_is_packed_without_log_and_checkpoint_and_unpacks_as_it_was(
    runs: Path, tmp_path: Path
) -> None:
    folder = make_run(runs, "best", accuracy=0.9).folder
    (folder / "train.log").write_text("a log", encoding="utf-8")
    (folder / "checkpoint").mkdir(exist_ok=True)
    os.utime(folder / "history.csv", (0, 0))  # of 1970, which a ZIP cannot hold
    target = tmp_path / "best.zip"

    assert "Written to" in _say("pack", "best", "--out", str(target))

    with zipfile.ZipFile(target) as file:
        file.extractall(tmp_path / "elsewhere")
    copy = tmp_path / "elsewhere" / "best"
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    assert sorted(path.name for path in copy.iterdir()) == [n for n in names if n != "train.log"]
    assert (copy / "config.json").read_bytes() == (folder / "config.json").read_bytes()
    with pytest.raises(FerError, match="is there already"):
        _say("pack", "best", "--out", str(target))


def test_a_run_without_a_log_says_so(runs: Path) -> None:
    make_run(runs, "best")

    assert _say("logs", "best") == "'best' has left no log here."


def test_of_a_job_without_a_log_yet_it_is_said_what_it_waits_for(runs: Path) -> None:
    run = make_run(runs, "best")
    waits = Status(state=State.QUEUED, host="Kaggle", stage="Waits for a GPU")
    write_status(run.folder, waits)

    assert _say("logs", "best") == "Waits for a GPU"
    write_status(run.folder, Status(state=State.DONE))


def test_an_idle_gpu_is_said_with_the_way_to_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Devices({"tensorflow": "2.21.0"}, ("CPU",), "Tesla T4", "Install requirements-gpu.")
    monkeypatch.setattr("fer_core.jobs.devices.devices", lambda: found)

    said = _say("devices")

    assert "tensorflow 2.21.0 Devices: CPU" in said
    assert "Tesla T4 is not used. Install requirements-gpu." in said


@pytest.mark.parametrize("command", ["delete", "default", "stop", "resume", "show", "logs", "pack"])
def test_what_is_no_run_name_is_refused(command: str) -> None:
    with pytest.raises(FerError, match="not a run name"):
        _say(command, "../elsewhere")


def test_a_file_of_weights_reaches_the_job(runs: Path, tmp_path: Path) -> None:
    file = tmp_path / "fetched.weights.h5"
    file.write_bytes(b"weights")

    _say("submit", "--preset", "mobilenetv2", "--weights", str(file))

    assert (runs / "mobilenetv2" / "imagenet.weights.h5").read_bytes() == b"weights"
    assert str(tmp_path) not in (runs / "mobilenetv2" / "job.json").read_text(encoding="utf-8")


def test_a_run_that_cannot_be_read_is_named_in_the_list(runs: Path) -> None:
    make_run(runs, "good")
    config = make_run(runs, "newer").folder / "config.json"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace('"format": 2', '"format": 9'), encoding="utf-8")

    said = _say("list")

    assert "good" in said
    assert "Run 'newer' is left out: it is of format 9" in said
