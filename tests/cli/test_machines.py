"""The command line on machines as they are: other encodings, read-only disks, wrong folders."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_core.classes import CLASS_NAMES
from fer_core.paths import PROJECT_ROOT
from tests.data.builders import images, write_files, write_zip

CHINESE = "日本-开心"
CODE_PAGE = {"PYTHONIOENCODING": "cp1252"}
C_LOCALE = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
ENCODINGS = pytest.mark.parametrize("machine", [CODE_PAGE, C_LOCALE], ids=["cp1252", "C"])


def fer(*arguments: object, **machine: str) -> subprocess.CompletedProcess[bytes]:
    """Runs the command line as a process of its own; the streams are bytes."""
    command = [sys.executable, "-m", "fer_core", *map(str, arguments)]
    unset = {"PYTHONIOENCODING", "PYTHONUTF8", "LC_ALL"} - {*machine}
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    environment = kept | {"COLUMNS": "200", "FER_DETECTOR": "/nowhere"} | machine
    return subprocess.run(
        command, cwd=PROJECT_ROOT, env=environment, capture_output=True, check=False
    )


def calm(done: subprocess.CompletedProcess[bytes], code: int = 0) -> str:
    """All that was printed, of a command that ended as expected and without a traceback."""
    printed = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert b"Traceback" not in done.stderr, printed
    assert done.returncode == code, printed
    return printed


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Folders of its own, their names in Chinese."""
    folder = tmp_path / CHINESE
    folder.mkdir()
    names = {"FER_DATA_DIR": "data", "FER_CACHE_DIR": "cache"}
    return {variable: str(folder / name) for variable, name in names.items()}


@ENCODINGS
def test_a_data_set_of_a_chinese_name_is_installed_and_described(tmp_path, home, machine):
    zip_path = write_zip(tmp_path / f"{CHINESE}.zip", images(4) | {f"{CHINESE}.txt": b"x"})
    assert "28 training" in calm(fer("data", "download", "--zip", zip_path, **home, **machine))
    assert "Fingerprint" in calm(fer("data", "info", **home, **machine))
    broken = write_zip(tmp_path / f"{CHINESE}2.zip", dict.fromkeys(images(1), b""))
    calm(fer("data", "download", "--zip", broken, **home, **machine), 1)


@ENCODINGS
@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["data", "download", "--help"],
        ["jobs", "list"],
        ["evaluate", CHINESE],
        ["predict", f"{CHINESE}.png"],
        ["data", "download", "--dir", CHINESE],
        ["evaluate-folder", CHINESE],
        ["train", "--preset", CHINESE],
    ],
)
def test_every_command_speaks_in_any_encoding(home, machine, arguments):
    printed = (done := fer(*arguments, **home, **machine)).stderr + done.stdout
    assert b"Traceback" not in printed
    assert done.returncode in (0, 1, 2)
    assert printed.strip()


@ENCODINGS
@pytest.mark.slow
def test_labelled_pictures_of_chinese_names_are_measured(tmp_path, machine):
    face = cv2.imencode(".png", np.full((48, 48), 90, np.uint8))[1].tobytes()
    files = {f"{name}/{CHINESE}.png": face for name in CLASS_NAMES}
    write_files(tmp_path / CHINESE, files)
    for form in ([], ["--csv"], ["--json"]):
        done = fer("evaluate-folder", tmp_path / CHINESE, *form, **machine)
        assert b"Traceback" not in done.stderr
        assert done.returncode in (0, 1)


def test_images_are_described_where_nothing_can_be_kept(tmp_path, home):
    write_files(Path(home["FER_DATA_DIR"]), images(4))
    taken = tmp_path / "taken"
    taken.write_bytes(b"")
    for cache in (taken, taken / "below"):
        printed = calm(fer("data", "info", **home | {"FER_CACHE_DIR": str(cache)}))
        assert "Fingerprint" in printed
        assert "FER_CACHE_DIR names a" in printed


def test_a_runs_folder_that_is_none_is_told(tmp_path, home):
    taken = tmp_path / "taken"
    taken.write_bytes(b"")
    home = {"FER_RUNS_DIR": str(taken)}
    assert "FER_RUNS_DIR names a file" in calm(fer("jobs", "list", **home))
    printed = calm(fer("jobs", "submit", "--preset", "tiny", **home), 1)
    assert "set FER_RUNS_DIR" in printed
    home = {"FER_RUNS_DIR": str(taken / "runs")}
    assert "FER_RUNS_DIR names a folder that cannot be made" in calm(fer("jobs", "list", **home))


def test_an_argument_of_a_variable_that_is_not_set_is_wrong_use(tmp_path):
    assert "An argument is empty" in calm(fer("predict", ""), code=2)
    assert "An argument is empty" in calm(fer("predict", tmp_path, "--annotate", ""), code=2)


def test_a_closed_standard_output_is_told():
    command = [sys.executable, "-m", "fer_core", "predict", "x.png"]
    done = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *command], cwd=PROJECT_ROOT, capture_output=True, check=False
    )
    assert "Standard output is closed" in calm(done, code=1)
