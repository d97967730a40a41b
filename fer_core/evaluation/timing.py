"""How long a run's model takes for one face: measured once, stored with the machine.

    python -m fer_core evaluate RUN_ID --time

Processor time of one thread, which other work on the machine hardly disturbs; on an idle one it
is the time that passes.
"""

import json
import math
import os
import platform
import time
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np

from fer_core.classes import FACE_SIZE
from fer_core.errors import RunError
from fer_core.files import write_text
from fer_core.inference.classifier import Classifier
from fer_core.runs.store import Run, utc_now

FILE_NAME = "timing.json"
ROUNDS = 300
_WARM_UP = 20
_CPU_FILE = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class Timing:
    """Milliseconds for one face, and what they were measured on.

    Attributes:
        ms_per_face: processor time of one call with one face, the mean of many.
        threads: of ONNX Runtime.
        runtime: its name and version.
        processor: its name and how many cores the machine has.
        date: ISO, UTC.
        load: waiting and running tasks over the last minute before; 1 keeps one core busy.
        model: `Run.model_stamp`.
    """

    ms_per_face: float
    threads: int
    runtime: str
    processor: str
    date: str
    load: float
    model: str

    @property
    def machine(self) -> str:
        """On what and when, as `one thread of AMD EPYC (2 cores), November 2026`."""
        threads = "one thread" if self.threads == 1 else f"{self.threads} threads"
        return f"{threads} of {self.processor}, {date.fromisoformat(self.date):%B %Y}"


def measure(run: Run, rounds: int = ROUNDS) -> Timing:
    """Times the run's model on one face of noise, on one thread, after a warm-up.

    Raises:
        RunError: it has no model, or the model is damaged.
    """
    predict = Classifier(run, threads=1).predict
    shape = (1, FACE_SIZE, FACE_SIZE, 1)
    face = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    for _ in range(_WARM_UP):
        predict(face)
    # The clock of a thread may step by more than a call takes (15.6 ms on Windows).
    calls, spent, start = 0, 0.0, time.thread_time()
    while calls < rounds or not spent:
        predict(face)
        calls += 1
        spent = time.thread_time() - start
    return Timing(
        ms_per_face=round(1e3 * spent / calls, 3),
        threads=1,
        runtime=f"ONNX Runtime {version('onnxruntime')}",
        processor=f"{_processor()} ({os.cpu_count()} cores)",
        date=utc_now().date().isoformat(),
        load=round(load, 2),
        model=run.model_stamp(),
    )


def write(run: Run, timing: Timing) -> None:
    """Writes `timing.json` into the run's folder, whole."""
    write_text(run.folder / FILE_NAME, json.dumps(asdict(timing), indent=1) + "\n")


def read(run: Run) -> Timing | None:
    """The run's stored time; None where it was not measured, or for another model than it has.

    Of a run whose network is no longer kept there is no other model to take it for.

    Raises:
        RunError: the file is damaged.
    """
    try:
        found = Timing(**json.loads((run.folder / FILE_NAME).read_text(encoding="utf-8")))
        if not 0 < found.ms_per_face < math.inf or not date.fromisoformat(found.date):
            raise ValueError("no time")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as exc:
        raise RunError(
            f"The stored time of run '{run.run_id}' is damaged. Measure it again: {command(run)}"
        ) from exc
    stamp = run.model_stamp()
    return found if not stamp or found.model == stamp else None


def command(run: Run) -> str:
    """The shell line that measures `run`."""
    return f"python -m fer_core evaluate {run.run_id} --time"


def _processor() -> str:
    """The processor's name, without marks of its maker."""
    try:
        lines = _CPU_FILE.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    name = next((line.partition(":")[2] for line in lines if line.startswith("model name")), "")
    name = name or platform.processor() or platform.machine() or "unknown processor"
    for mark in ("(R)", "(TM)", "(tm)", " CPU", " Processor"):
        name = name.replace(mark, "")
    return " ".join(name.split())
