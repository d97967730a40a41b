"""How long one face takes: Keras predict, a Keras call and ONNX Runtime, side by side.

    python -m fer_core bench inference

Every row runs on one thread, after a warm-up. Keras runs in a child process, because this
one never imports it.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import FACE_SIZE
from fer_core.errors import RunError
from fer_core.inference.classifier import Classifier, served_run
from fer_core.runs.store import Run
from fer_core.terminal import console, table

BATCH = 64
WARM_UP = 10
KERAS_TIMEOUT = 300  # seconds for TensorFlow to load and all of its rounds


@dataclass(frozen=True)
class Timing:
    """Milliseconds of repeated calls."""

    name: str  # what was called
    median: float  # of one call with one face
    p95: float  # 95th percentile of the same
    batch: float  # median of a call with `BATCH` faces, divided by `BATCH`


def measure(
    name: str, call: Callable[[NDArray[np.uint8]], Any], rounds: int, seed: int = 0
) -> Timing:
    """Times `call` on one face and on `BATCH` faces of noise, uint8 (n, 48, 48, 1).

    A tenth as many rounds, at least 5, are timed with a batch.
    """
    rng = np.random.default_rng(seed)
    faces = rng.integers(0, 256, (BATCH, FACE_SIZE, FACE_SIZE, 1), dtype=np.uint8)
    single = _times(call, faces[:1], rounds)
    batch = _times(call, faces, max(5, rounds // 10))
    return Timing(
        name,
        float(np.median(single)),
        float(np.percentile(single, 95)),
        float(np.median(batch)) / BATCH,
    )


def measure_keras(run: Run, rounds: int) -> list[Timing]:
    """Times the run's Keras model in a child process, on one thread; raises `RunError` where there
    is none or Keras cannot run it here.
    """
    if not run.keras_path.exists():
        raise RunError(f"Run '{run.run_id}' has no model.keras; the Keras rows are omitted.")
    environment = os.environ | {
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "KERAS_BACKEND": "tensorflow",
    }
    command = [sys.executable, "-m", __name__, str(run.keras_path), str(rounds)]
    try:
        child = subprocess.run(
            command,
            env=environment,
            cwd=Path(__file__).resolve().parents[2],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=KERAS_TIMEOUT,
            check=True,
        )
        return [Timing(**row) for row in json.loads(child.stdout.splitlines()[-1])]
    except subprocess.TimeoutExpired as exc:
        raise RunError(f"Keras took more than {KERAS_TIMEOUT} s; its rows are omitted.") from exc
    except subprocess.CalledProcessError as exc:
        reason = (exc.stderr.strip().splitlines() or ["no message"])[-1]
        raise RunError(f"Keras could not run the model ({reason}); its rows are omitted.") from exc


def run_inference_benchmark(run_id: str | None = None, rounds: int = 200) -> None:
    """Measures one run, the app's own when None, and prints the table."""
    run = served_run(run_id)
    onnx = measure("ONNX Runtime", Classifier(run, threads=1).predict, rounds)
    timings = [onnx]
    try:
        with console.status("Keras runs in a separate process"):
            timings = [*measure_keras(run, rounds), onnx]
    except RunError as exc:
        console.print(str(exc))
    shown = table(
        f"One face through {run.run_id}, one thread, {rounds} rounds",
        *("Runtime", "Median", "95th pct.", "Ratio", f"Batch of {BATCH}"),
        caption=f"Ratio: against ONNX Runtime. Batch of {BATCH}: time a face.",
    )
    for timing in timings:
        shown.add_row(
            timing.name,
            f"{timing.median:.2f} ms",
            f"{timing.p95:.2f} ms",
            f"{timing.median / onnx.median:.1f} x",
            f"{timing.batch:.2f} ms",
        )
    console.print(shown)


def _times(call: Callable[[Any], Any], faces: NDArray[np.uint8], rounds: int) -> list[float]:
    """Milliseconds of each of `rounds` calls, after a warm-up."""
    for _ in range(min(WARM_UP, rounds)):
        call(faces)
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call(faces)
        times.append((time.perf_counter() - start) * 1e3)
    return times


def _keras_child(path: str, rounds: int) -> None:
    """Runs in the child process: prints the Keras rows as one line of JSON."""
    import keras

    model = keras.models.load_model(path, compile=False)

    def called(faces: NDArray[np.uint8]) -> Any:
        outputs = model(faces, training=False)  # a list where there are activations as well
        scores = outputs[0] if isinstance(outputs, list) else outputs
        return np.asarray(scores)  # waits for the result, as predict does

    rows = [
        measure("Keras predict", lambda faces: model.predict(faces, verbose=0), rounds),
        measure("Keras call", called, rounds),
    ]
    print(json.dumps([asdict(row) for row in rows]))


if __name__ == "__main__":
    _keras_child(sys.argv[1], int(sys.argv[2]))
