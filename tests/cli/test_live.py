"""`live fetch`: what it says, and where it leaves what browsers need."""

import errno
import sys
from pathlib import Path

import pytest

from fer_core import cli, paths
from fer_core.errors import DetectorError
from fer_core.inference import detector_file
from fer_core.inference.live import fetch_runtime


@pytest.fixture(autouse=True)
def _machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setattr(detector_file, "locate", lambda **_: tmp_path / "yunet.onnx")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of `fer live ...`."""
    monkeypatch.setattr(sys, "argv", ["fer", "live", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_where_both_lie_is_told(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(fetch_runtime, "fetch", lambda source, progress: tmp_path / source)
    assert run(monkeypatch, "fetch", "--from", "x.tgz") == 0
    said = capsys.readouterr().out
    assert f"ONNX Runtime Web 1.30.0 is in {tmp_path / 'x.tgz'}" in said
    assert f"The face detector is {tmp_path / 'yunet.onnx'}" in said


def test_a_detector_that_cannot_be_had_is_told(monkeypatch, capsys, tmp_path):
    def refuse(**_: object) -> Path:
        raise DetectorError("The YuNet face detector could not be fetched: its name is not found.")

    monkeypatch.setattr(fetch_runtime, "fetch", lambda source, progress: tmp_path)
    monkeypatch.setattr(detector_file, "locate", refuse)
    assert run(monkeypatch, "fetch") == 1
    said = capsys.readouterr().err
    assert "its name is not found" in said
    assert detector_file.URL in said
    assert "set FER_DETECTOR" in said


def test_what_the_disk_refuses_is_told(monkeypatch, capsys, tmp_path):
    (tmp_path / "cache").write_bytes(b"")
    assert run(monkeypatch, "fetch") == 1
    assert "Set FER_CACHE_DIR to a folder of your own" in capsys.readouterr().err

    def fail(*_: object) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(fetch_runtime, "fetch", fail)
    assert run(monkeypatch, "fetch") == 1
    assert "The disk is full. Free some space" in capsys.readouterr().err
