"""A detached process: what it prints, where it looks, and how it is started and stopped."""

import os
import signal
import sys
import time
from types import SimpleNamespace

import pytest

from fer_core import paths
from fer_core.jobs import detached
from fer_core.jobs.detached import LOG_FILE, end, harmless_environment, spawn
from fer_core.runs.process import identity


def test_a_log_is_utf_8_whatever_the_machine_prints_in(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")  # as Windows does
    pid = spawn([sys.executable, "-c", "print('é', flush=True)"], tmp_path, tmp_path)
    until = time.monotonic() + 30
    while identity(pid) is not None and time.monotonic() < until:
        time.sleep(0.02)

    assert (tmp_path / LOG_FILE).read_text(encoding="utf-8").strip() == "é"


@pytest.mark.parametrize("variable", [paths.DATA_DIR_VARIABLE, paths.FERPLUS_VARIABLE])
def test_a_folder_that_is_named_from_here_is_the_same_one_in_a_job(tmp_path, monkeypatch, variable):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, "mine/faces")  # jobs run in another folder

    assert harmless_environment()[variable] == str(tmp_path / "mine" / "faces")


@pytest.fixture
def windows(monkeypatch):
    """Windows as far as a process is started and stopped; the calls that were made."""
    calls = []

    def popen(command, **options):
        calls.append(options)
        return SimpleNamespace(pid=1, poll=lambda: None)

    monkeypatch.setattr(detached.subprocess, "CREATE_NO_WINDOW", 0x08000000, raising=False)
    monkeypatch.setattr(detached.subprocess, "Popen", popen)
    kill = lambda pid, number: calls.append(number)  # noqa: E731
    monkeypatch.setattr(detached, "os", SimpleNamespace(name="nt", environ=os.environ, kill=kill))
    monkeypatch.setattr(detached, "_children", [])
    return calls


def test_on_windows_a_job_has_a_console_of_its_own(tmp_path, windows):
    spawn(["python"], tmp_path, tmp_path)

    assert windows[0]["creationflags"] == 0x08000000  # so the terminal's end is not its end
    assert "start_new_session" not in windows[0]


def test_on_windows_only_a_stop_at_once_is_sent_to_a_process(windows):
    pid = os.getpid()

    end(pid, identity(pid), at_once=False)
    assert windows == []
    end(pid, identity(pid), at_once=True)
    assert windows == [signal.SIGTERM]
