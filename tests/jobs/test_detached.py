"""A detached process and what it prints."""

import sys
import time

from fer_core.jobs.detached import LOG_FILE, spawn
from fer_core.runs.process import identity


def test_a_log_is_utf_8_whatever_the_machine_prints_in(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")  # as Windows does
    pid = spawn([sys.executable, "-c", "print('é', flush=True)"], tmp_path, tmp_path)
    until = time.monotonic() + 30
    while identity(pid) is not None and time.monotonic() < until:
        time.sleep(0.02)

    assert (tmp_path / LOG_FILE).read_text(encoding="utf-8").strip() == "é"
