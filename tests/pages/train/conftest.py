"""An empty runs folder and a machine that is not asked, for every test of the Train page."""

import sys
from pathlib import Path

import pytest
import streamlit as st

from fer_core import paths
from fer_core.jobs import local
from fer_core.jobs.local import LocalBackend
from pages.parts.shared import owner
from pages.parts.train import machine
from tests.pages.train.page import SECONDS


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An empty runs folder, jobs that only count, and a machine that is not asked."""
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(folder))
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(tmp_path / "no-data"))
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("FER_MIN_FREE_GB", "0")
    monkeypatch.delenv(owner.PASSPHRASE_VARIABLE, raising=False)
    spawn = local.spawn

    def fake(command, folder, root):
        counted = [sys.executable, "-m", "tests.jobs.fake", str(SECONDS["now"]), command[-1]]
        return spawn(counted, folder, root)

    monkeypatch.setattr(local, "spawn", fake)
    monkeypatch.setattr(machine, "enough_memory", lambda: False)
    SECONDS["now"] = 0.1
    st.cache_data.clear()
    st.cache_resource.clear()
    yield folder
    jobs = LocalBackend(folder)
    for job in jobs.list():
        if job.is_active:
            jobs.stop(job.run_id, at_once=True)


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "is_unlocked", lambda: True)
