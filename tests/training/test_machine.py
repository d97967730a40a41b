"""Training is refused, with reasons, where the memory would not do."""

import os

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
    limit.write_text(f"{690 * 1024**2}\n", encoding="utf-8")
    used.write_text(f"{90 * 1024**2}\n", encoding="utf-8")
    monkeypatch.setattr(machine, "_CGROUP_FILES", ((str(limit), str(used)),))

    assert machine.free_memory() == 600 * 1024**2


def test_no_limit_leaves_the_machines_own(monkeypatch, tmp_path):
    limit, used = tmp_path / "memory.max", tmp_path / "memory.current"
    limit.write_text("max\n", encoding="utf-8")
    used.write_text("0\n", encoding="utf-8")
    monkeypatch.setattr(machine, "_CGROUP_FILES", ((str(limit), str(used)),))

    assert machine.free_memory() == pytest.approx(psutil.virtual_memory().available, rel=0.2)


@pytest.mark.parametrize(
    ("flags", "device", "lacks"),
    [
        ("fpu avx2 fma", "cpu", True),
        ("fpu avx2 avx512f avx512_bf16", "cpu", False),
        ("fpu amx_bf16 amx_tile", "cpu", False),
        ("fpu avx2 fma", "gpu", False),
    ],
)
def test_a_processor_without_bfloat16_is_known(monkeypatch, tmp_path, flags, device, lacks):
    file = tmp_path / "cpuinfo"
    file.write_text(f"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t: none\n", encoding="utf-8")
    monkeypatch.setattr(machine, "_CPU_FILE", file)

    assert machine.lacks_bfloat16(device) is lacks


def test_a_system_that_does_not_say_is_not_suspected(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "_CPU_FILE", tmp_path / "missing")

    assert machine.lacks_bfloat16("cpu") is False


def test_tensorflow_uses_one_dnn_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    machine.load_backend()
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "1"

    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    machine.load_backend()
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "0"
