"""Train, kill, resume, evaluate, export and predict, by the commands a user types."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import h5py
import numpy as np
import onnx
import pytest

from fer_core.classes import CLASS_NAMES
from fer_core.runs.store import State, get_run
from tests.builders import make_dataset

SETTINGS = [
    *("epochs=3", "batch_size=16", "dropout=0.3", "augmentation=basic", "schedule=plateau"),
    *("plateau_patience=1", "seed=5"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A folder with a tiny data set, and room for runs."""
    home = tmp_path_factory.mktemp("home")
    make_dataset(home / "data")
    return home


def _environment(home: Path) -> dict[str, str]:
    return os.environ | {
        "FER_DATA_DIR": str(home / "data"),
        "FER_CACHE_DIR": str(home / "cache"),
        "FER_RUNS_DIR": str(home / "runs"),
    }


def _start(home: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "fer_core", *arguments],
        env=_environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        # A shell starts background jobs with Ctrl-C ignored, and children inherit that.
        preexec_fn=None if os.name == "nt" else _heed_ctrl_c,
    )


def _heed_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _call(home: Path, *arguments: str, code: int = 0) -> str:
    process = _start(home, *arguments)
    out, err = process.communicate(timeout=240)
    assert process.returncode == code, err[-2000:]
    return out + err


def _train(home: Path, run_id: str, *more: str) -> list[str]:
    changes = [part for setting in (*SETTINGS, *more) for part in ("--set", setting)]
    return ["train", "--run-id", run_id, *changes]


def _end_during_epoch(home: Path, run_id: str, epoch: int, how: str, *more: str) -> int:
    """Starts a run and signals it once `epoch - 1` epochs are finished; its exit code."""
    if os.name == "nt":
        pytest.skip("Windows sends no signal to one process alone")
    process = _start(home, *_train(home, run_id, *more))
    checkpoint = home / "runs" / run_id / "checkpoint" / "state.json"
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if json.loads(checkpoint.read_text(encoding="utf-8"))["epoch"] >= epoch - 1:
                break
        except OSError:
            pass
        time.sleep(0.02)
    process.send_signal(signal.Signals[how])
    process.communicate(timeout=60)
    return process.returncode


def _weights(home: Path, run_id: str) -> dict[str, np.ndarray]:
    arrays = {}

    def keep(name: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset):
            arrays[name] = item[()]

    with (
        zipfile.ZipFile(home / "runs" / run_id / "model.keras") as archive,
        archive.open("model.weights.h5") as stream,
        h5py.File(io.BytesIO(stream.read())) as file,
    ):
        file.visititems(keep)
    return arrays


def _assert_equal_weights(home: Path, one: str, other: str) -> None:
    ours, theirs = _weights(home, one), _weights(home, other)
    assert ours.keys() == theirs.keys()
    assert sum(array.size for array in ours.values()) > 1_700_000
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[name], err_msg=name)


@pytest.fixture(scope="module")
def straight(home) -> str:
    """A run that nothing interrupted."""
    _call(home, *_train(home, "straight"))
    return "straight"


def test_a_finished_run_folder_holds_what_the_pages_need(home, straight):
    run = get_run(straight, home / "runs")

    assert run.status().state is State.DONE
    assert run.history()["epoch"].tolist() == [1, 2, 3]
    assert run.keras_path.exists()
    assert not run.checkpoint_path.exists()
    predictions = run.predictions()
    assert (predictions.split == "validation").sum() == 7 * 3
    assert (predictions.split == "test").sum() == 7 * 3
    np.testing.assert_allclose(predictions.y_score.sum(axis=1), 1, atol=1e-5)
    assert run.metrics()["test"]["all"]["n"] == 21
    names = {item.key: item.value for item in onnx.load(str(run.onnx_path)).metadata_props}
    assert names["class_names"] == ",".join(CLASS_NAMES)


@pytest.mark.long  # jobs killed at random moments are tested with the slow ones
def test_killed_and_resumed_ends_at_equal_weights(home, straight):
    code = _end_during_epoch(home, "killed", 2, "SIGKILL")
    assert code == -signal.SIGKILL

    _call(home, "train", "--resume", "killed")

    _assert_equal_weights(home, straight, "killed")
    rates = get_run("killed", home / "runs").history()["learning_rate"].tolist()
    assert rates == get_run(straight, home / "runs").history()["learning_rate"].tolist()


@pytest.mark.long
@pytest.mark.parametrize("epoch", [1, 2, 3])
@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_every_kill_in_every_epoch_resumes_to_equal_weights(home, straight, epoch, how):
    run_id = f"{how.lower()}-{epoch}"
    code = _end_during_epoch(home, run_id, epoch, how)
    assert code in (-signal.SIGKILL, 130)

    if (home / "runs" / run_id / "config.json").exists():
        _call(home, "train", "--resume", run_id)
    else:
        _call(home, *_train(home, run_id))

    _assert_equal_weights(home, straight, run_id)


@pytest.fixture(scope="module")
def stopped(home) -> str:
    """A run that Ctrl-C stopped in its second epoch."""
    many = "epochs=100"  # not over before the signal comes, on whatever machine
    code = _end_during_epoch(home, "stopped", 2, "SIGINT", many)
    assert code == 130
    return "stopped"


@pytest.mark.slow
def test_a_stopped_run_can_be_exported_and_says_so(home, stopped):
    assert get_run(stopped, home / "runs").status().state is State.STOPPED

    out = _call(home, "export", stopped)

    assert "Not finished" in out
    run = get_run(stopped, home / "runs")
    assert run.status().state is State.STOPPED
    assert run.has_predictions()
    assert run.checkpoint_path.exists()


@pytest.mark.slow
def test_another_data_set_is_refused(home, stopped, tmp_path):
    make_dataset(tmp_path / "other", train_per_class=8)

    other = str(tmp_path / "other")
    out = _call(home, "train", "--resume", stopped, "--data-dir", other, code=1)

    assert "other images" in out


def test_evaluate_prints_the_figures_and_the_report_for_its_own_images_alone(home, straight):
    out = _call(home, "evaluate", straight)

    for words in ("macro avg", "test, all", "validation"):
        assert words in out
    assert "report's" not in out


def test_a_finished_run_is_not_resumed(home, straight):
    assert "is done" in _call(home, "train", "--resume", straight, code=1)


def test_a_taken_name_is_refused(home, straight):
    told = " ".join(_call(home, *_train(home, straight), code=1).split())

    assert "There is a run 'straight' already" in told
    assert "resume that run" in told


def test_a_wrong_setting_names_field_and_range(home):
    out = _call(home, "train", "--set", "dropout=3", code=2)

    assert "'dropout'" in out
    assert "below 1" in out


def test_a_vanished_data_set_is_said_and_the_run_stays(home, straight, tmp_path):
    missing = str(tmp_path / "nothing")
    out = _call(home, "train", "--resume", straight, "--data-dir", missing, code=1)

    assert "No data set found" in out
    assert get_run(straight, home / "runs").has_predictions()


@pytest.mark.long
def test_the_whole_way_on_drawn_faces(tmp_path):
    """Draw a data set, train two epochs, evaluate, predict: the README's commands."""
    data = str(tmp_path / "data")
    _call(tmp_path, "data", "synthetic", data, "--train-per-class=16", "--test-per-class=4")

    trained = _call(tmp_path, "train", "--preset", "quick-look", "--set", "batch_size=32")
    evaluated = _call(tmp_path, "evaluate", "quick-look")
    face = str(tmp_path / "data" / "test" / "happy" / "im0.png")
    predict = _start(tmp_path, "predict", face, "--whole", "--json", "--run", "quick-look")
    predicted = json.loads(predict.communicate(timeout=60)[0])

    assert "epoch 2/2" in trained
    assert "Drawn faces" in evaluated
    assert "report, all" not in evaluated
    (result,) = predicted
    probabilities = result["faces"][0]["probabilities"]
    assert sum(probabilities.values()) == pytest.approx(1, abs=1e-3)
    assert list(probabilities) == list(CLASS_NAMES)


@pytest.mark.long
def test_a_full_disk_ends_with_a_sentence_and_an_intact_run(home, straight, tmp_path):
    """Runs on a file system of 30 MB: room for one checkpoint, not for its successor."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs root")
    try:
        environment = _environment(home) | {"FER_RUNS_DIR": str(tmp_path)}
        command = [sys.executable, "-m", "fer_core", *_train(home, "full")]
        ended = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=240,
        )

        assert ended.returncode == 1
        assert "The disk is full" in ended.stderr
        assert "Traceback" not in ended.stderr
        run = get_run("full", tmp_path)
        assert run.status().epoch == 1
        assert len(run.history()) == 1
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
