"""Training is refused, with reasons, where the memory would not do."""

import psutil
import pytest

from fer_core.errors import TrainingError
from fer_core.training import machine


def test_too_little_memory_is_said_instead_of_tried(monkeypatch):
    monkeypatch.setattr(machine, "free_memory", lambda: 600 * 1024**2)

    with pytest.raises(TrainingError, match=r"takes about 2.0 GB.*has 0.6 GB free"):
        machine.check_memory()


def test_enough_memory_passes(monkeypatch):
    monkeypatch.setattr(machine, "free_memory", lambda: 3 * 1024**3)

    machine.check_memory()


def test_the_limit_of_a_container_counts(monkeypatch, tmp_path):
    limit, used = tmp_path / "memory.max", tmp_path / "memory.current"
    limit.write_text(f"{690 * 1024**2}\n")
    used.write_text(f"{90 * 1024**2}\n")
    monkeypatch.setattr(machine, "_CGROUP_FILES", ((str(limit), str(used)),))

    assert machine.free_memory() == 600 * 1024**2


def test_no_limit_leaves_the_machines_own(monkeypatch, tmp_path):
    limit, used = tmp_path / "memory.max", tmp_path / "memory.current"
    limit.write_text("max\n")
    used.write_text("0\n")
    monkeypatch.setattr(machine, "_CGROUP_FILES", ((str(limit), str(used)),))

    assert machine.free_memory() == pytest.approx(psutil.virtual_memory().available, rel=0.2)
