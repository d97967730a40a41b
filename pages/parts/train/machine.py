"""What the Train page knows of the machine, asked once in the background and kept.

The answers come from processes of their own that load Keras (`fer_core.jobs.devices`);
meanwhile the page goes on.
"""

import shutil
import threading
from pathlib import Path
from typing import Any

import psutil
import streamlit as st

from fer_core import formats, paths
from fer_core.config import TrainConfig
from fer_core.jobs.devices import Devices, devices, installed_gpu
from fer_core.jobs.fastest import measure_all
from fer_core.training.machine import MEMORY_NEEDED, free_memory
from pages.parts.shared import frame
from pages.parts.shared.answer import Answer

TOO_LITTLE_MEMORY = (
    "There is too little memory free to train here. Train on a larger machine and copy the run "
    "folder to artifacts/runs; these pages show it without retraining."
)
_one_at_a_time = threading.Lock()


@st.cache_resource(show_spinner=False, ttl=3600)
def known_devices() -> Answer[Devices]:
    """What training would compute on; asked at the first call."""
    return Answer(devices)


@st.cache_resource(show_spinner=False, max_entries=32)
def measured(config_json: str, backend: str | None) -> Answer[None]:
    """Times steps of this configuration; begun at the first call."""
    config = TrainConfig.model_validate_json(config_json)

    def ask() -> None:
        with _one_at_a_time:
            measure_all(config, backend)

    return Answer(ask)


def wait_for(answer: Answer[Any], text: str) -> None:
    """Says `text` until the answer comes, and then redraws the page."""

    @frame.fragment(run_every=2.0)
    def look() -> None:
        st.caption(text)
        if not answer.is_pending:
            st.rerun()

    look()


def enough_memory() -> bool:
    """Whether training could start now."""
    return free_memory() >= MEMORY_NEEDED


def disk() -> Path:
    """A folder that exists on the disk of the runs."""
    runs = paths.runs_dir()
    return next(path for path in (runs, *runs.parents) if path.is_dir())


@st.cache_resource(show_spinner=False, ttl=3600)
def gpu() -> str:
    """Name of the GPU here, or that there is none."""
    return installed_gpu() or "no GPU found"


def room() -> str:
    """Cores, GPU, memory and disk in one line."""
    return (
        f"{formats.counted(psutil.cpu_count() or 1, 'core')}, {gpu()}, "
        f"{max(free_memory(), 0) / 1e9:.1f} GB of memory free "
        f"(training takes about {MEMORY_NEEDED / 1e9:.0f}), "
        f"{shutil.disk_usage(disk()).free / 1e9:.0f} GB of disk free"
    )


def load(pid: int | None) -> str:
    """What the machine and one of its processes do now, in one line."""
    parts = [f"processor {psutil.cpu_percent(interval=0.1):.0f} %"]
    try:
        if pid is not None:
            parts.append(f"job's memory {psutil.Process(pid).memory_info().rss / 1e9:.1f} GB")
    except psutil.Error:
        pass
    parts.append(f"{max(free_memory(), 0) / 1e9:.1f} GB free")
    if gpu := _gpu_load():
        parts.append(gpu)
    return ", ".join(parts)


def _gpu_load() -> str:
    """Use and memory of the first NVIDIA GPU; empty where there is none."""
    import subprocess

    if shutil.which("nvidia-smi") is None:
        return ""
    query = "--query-gpu=utilization.gpu,memory.used,memory.total"
    try:
        done = subprocess.run(
            ["nvidia-smi", query, "--format=csv,noheader,nounits"],
            capture_output=True,
            encoding="utf-8",
            timeout=5,
            check=True,
        )
        use, taken, whole = done.stdout.splitlines()[0].split(",")
        return f"GPU {float(use):.0f} %, {float(taken) / 1e3:.1f} of {float(whole) / 1e3:.0f} GB"
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return ""
