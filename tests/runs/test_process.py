"""Processes are told by their start: a number that is used again is another process."""

import os
import subprocess
import sys
import time

import psutil
import pytest

from fer_core.runs.process import identity, is_alive


def test_a_process_keeps_its_identity_and_no_other_has_it():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        known = identity(child.pid)
        assert known == identity(child.pid)
        assert known != identity(os.getpid())
        assert is_alive(child.pid, known)
        assert not is_alive(os.getpid(), known), "Another process with that number."
    finally:
        child.kill()
        child.wait()
    assert not is_alive(child.pid, known)


def test_a_process_that_ended_and_was_not_waited_for_is_gone():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    known = identity(child.pid)
    child.kill()
    until = time.monotonic() + 30
    while is_alive(child.pid, known) and time.monotonic() < until:
        time.sleep(0.01)
    alive = is_alive(child.pid, known)
    child.wait()

    assert not alive


@pytest.mark.skipif(not psutil.LINUX, reason="Elsewhere the start is kept in a clock of its own")
def test_a_clock_that_is_set_makes_no_living_process_another(tmp_path, monkeypatch):
    known = identity(os.getpid())
    moved = f"btime {int(psutil.boot_time()) + 3600}\n"
    (tmp_path / "stat").write_text(moved, encoding="utf-8")
    (tmp_path / str(os.getpid())).symlink_to(f"/proc/{os.getpid()}")
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))

    assert is_alive(os.getpid(), known)


def test_nothing_is_known_of_a_number_that_no_process_has():
    assert identity(2**22 + 1) is None
    assert not is_alive(None, None)
