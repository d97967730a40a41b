"""How many frames of live video this machine reads in a second, and what the time goes to.

    python -m fer_core bench live

No browser: a synthetic 640x480 stream in which a real face (scikit-image's astronaut)
moves about goes through `LiveProcessor` as fast as it can. What else the machine is doing
disturbs the figures, so its load is printed, and beside the rate by the clock the rate by
processor time, which a busy machine disturbs much less.
"""

import os
import time
from dataclasses import astuple, dataclass, fields

import numpy as np
import psutil
from numpy.typing import NDArray

from fer_core.inference.classifier import Classifier, served_run
from fer_core.inference.detector import load_detector
from fer_core.inference.live.processor import LONG_SIDE, LiveProcessor
from fer_core.inference.live.state import StageTimes
from fer_core.inference.predictor import Predictor
from fer_core.terminal import console, table

WIDTH, HEIGHT = 640, 480
TARGET_FPS = 40.0
WARM_UP = 20
_LOOP = 60  # different frames; the stream repeats them
_FACE = 300  # pixels of the pasted photograph's side; the face in it has about a quarter of that


@dataclass(frozen=True)
class LiveMeasurement:
    """One measurement of live video."""

    frames: int
    found: float  # share of the frames with a face, 0-1
    fps: float  # frames a second by the clock
    cpu: float  # milliseconds of processor time a frame, all threads together
    p50: float  # milliseconds a frame, median
    p95: float  # the same, 95th percentile
    shares: dict[str, float]  # of each stage in the frames' time, 0-1; `other` is the rest


def make_stream(frames: int = _LOOP) -> list[NDArray[np.uint8]]:
    """Frames of a face that goes round on a background of noise, each (480, 640, 3) BGR."""
    import cv2
    from skimage import data

    photograph = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)
    face = cv2.resize(photograph, (_FACE, _FACE), interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(0).integers(60, 120, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    stream = []
    for angle in np.linspace(0, 2 * np.pi, frames, endpoint=False):
        x = round((WIDTH - _FACE) / 2 * (1 + 0.9 * np.cos(angle)))
        y = round((HEIGHT - _FACE) / 2 * (1 + 0.9 * np.sin(angle)))
        frame = noise.copy()
        frame[y : y + _FACE, x : x + _FACE] = face
        stream.append(frame)
    return stream


def measure_live(predictor: Predictor, frames: int) -> LiveMeasurement:
    """Reads at least one frame after another, after some more to warm up."""
    stream = make_stream()
    processor = LiveProcessor(predictor)
    for index in range(WARM_UP):
        processor.process(stream[index % len(stream)])
    processor.begin()
    stages, seconds = [], []
    began, cpu_began = time.perf_counter(), time.process_time()
    for index in range(frames):
        start = time.perf_counter()
        processor.process(stream[index % len(stream)])
        seconds.append(time.perf_counter() - start)
        stages.append(astuple(processor.stages))
    elapsed, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    names = [field.name for field in fields(StageTimes)]
    spent = dict(zip(names, np.sum(stages, axis=0), strict=True))
    shares = {name: float(value) / elapsed for name, value in spent.items()}
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    return LiveMeasurement(
        frames=frames,
        found=processor.state().statistics.with_face / frames,
        fps=frames / elapsed,
        cpu=1000 * cpu / frames,
        p50=float(p50),
        p95=float(p95),
        shares=shares | {"other": max(1 - sum(shares.values()), 0.0)},
    )


def run_live_benchmark(run_id: str | None = None, frames: int = 300) -> None:
    """Measures one run's model, the app's own when None, and prints the table."""
    run = served_run(run_id)
    predictor = Predictor(Classifier(run), load_detector())
    with console.status(f"Reading {frames} frames"):
        result = measure_live(predictor, frames)
    verdict = "met" if result.fps >= TARGET_FPS else "missed"
    if predictor.detector.note:
        verdict = "for YuNet"
    shown = table(
        f"Live video {WIDTH}x{HEIGHT}, {run.run_id}, {predictor.detector.name} at "
        f"{LONG_SIDE} pixels",
        *("What", "Measured", "Target"),
    )
    target = f"{TARGET_FPS:g} ({verdict})"
    shown.add_row("Frames a second by the clock", f"{result.fps:.1f}", target)
    shown.add_row("Frames a second of one core's time", f"{1000 / result.cpu:.1f}")
    shown.add_row("Processor time a frame", f"{result.cpu:.1f} ms")
    shown.add_row("Time a frame, median", f"{result.p50:.1f} ms")
    shown.add_row("Time a frame, 95th percentile", f"{result.p95:.1f} ms")
    shown.add_row("Frames with a face found", f"{100 * result.found:.1f} %")
    for name, share in result.shares.items():
        shown.add_row(f"Share of the time: {name}", f"{100 * share:.1f} %")
    console.print(shown)
    if predictor.detector.note:
        console.print(predictor.detector.note)
    load = ", ".join(f"{value:.1f}" for value in psutil.getloadavg())
    console.print(
        f"{os.cpu_count()} cores, load {load} over the last 1, 5 and 15 minutes. Where the load "
        "is above 1, other work had a part of the processor; measure again on an idle machine."
    )
