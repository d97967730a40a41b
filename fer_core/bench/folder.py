"""How fast a folder of pictures is read: one after another, and by several cores.

    python -m fer_core bench inference --folder

The pictures are made: the astronaut of scikit-image at chance places before noise, as JPEG of
640x480 pixels. All rows stand in one run, in turn, and the best of the rounds counts, as other
programs only ever slow one down; the answers are compared.
"""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import psutil
from numpy.typing import NDArray

from fer_core.images import jpeg
from fer_core.inference.batch import read_all, usable_cores
from fer_core.inference.classifier import Classifier, served_run
from fer_core.inference.detector import load_detector
from fer_core.inference.predictor import Predictor
from fer_core.inference.results import ImageResult, to_json
from fer_core.inference.sources import find_inputs
from fer_core.terminal import console, table

ROUNDS = 3
_SIZE = 480, 640
_FACE = np.s_[0:300, 100:400]  # of the astronaut


@dataclass(frozen=True)
class FolderTiming:
    """The best of some rounds."""

    jobs: int  # pictures read at a time
    seconds: float
    pictures: int
    same: bool  # whether the answers are those of one thread

    @property
    def rate(self) -> float:
        """Pictures a second."""
        return self.pictures / self.seconds


def make_folder(folder: Path, count: int, seed: int = 0) -> None:
    """Writes `count` JPEG pictures with a face each."""
    from skimage import data

    rng = np.random.default_rng(seed)
    face = np.ascontiguousarray(data.astronaut()[_FACE][..., ::-1])
    for number in range(count):
        (folder / f"{number:04d}.jpg").write_bytes(jpeg(_scene(face, rng), quality=90))


def measure_folder(
    folder: Path, predictor: Predictor, jobs: list[int], rounds: int = ROUNDS
) -> list[FolderTiming]:
    """Reads the folder with each number of jobs in turn, `rounds` times; the first is the one the
    answers of the others are compared with.
    """
    best = dict.fromkeys(jobs, float("inf"))
    answers: dict[int, str] = {}
    results: list[ImageResult] = []
    for _ in range(rounds):
        for number in jobs:
            started = time.perf_counter()
            results = list(_results(folder, predictor, number))
            best[number] = min(best[number], time.perf_counter() - started)
            answers[number] = to_json(results)
    first = answers[jobs[0]]
    return [
        FolderTiming(number, best[number], len(results), answers[number] == first)
        for number in jobs
    ]


def run_folder_benchmark(run_id: str | None = None, pictures: int = 200) -> None:
    """Measures one run, the app's own when None, and prints the table."""
    run = served_run(run_id)
    predictor = Predictor(Classifier(run), load_detector())
    cores = usable_cores()
    with tempfile.TemporaryDirectory() as name:
        make_folder(Path(name), pictures)
        jobs = sorted({1, 2, cores})
        timings = measure_folder(Path(name), predictor, jobs)
    load = psutil.getloadavg()[0]
    shown = table(
        f"{pictures} pictures of 640x480 through {run.run_id} and {predictor.detector.name}",
        *("Jobs", "Seconds", "Pictures a second", "Ratio", "Answers"),
        caption=f"Best of {ROUNDS} rounds, on {cores} cores, load {load:.1f}. Ratio: against one "
        "job.",
    )
    for timing in timings:
        shown.add_row(
            f"{timing.jobs}",
            f"{timing.seconds:.2f}",
            f"{timing.rate:.1f}",
            f"{timing.rate / timings[0].rate:.2f} x",
            "the same" if timing.same else "different",
        )
    console.print(shown)


def _results(folder: Path, predictor: Predictor, jobs: int) -> Iterator[ImageResult]:
    for reading in read_all(find_inputs([folder]), predictor, jobs=jobs):
        if reading.result is not None:
            yield reading.result


def _scene(face: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The face, 100 to 400 pixels high, at a chance place before noise, uint8 (h, w, 3), BGR."""
    height, width = _SIZE
    scene = rng.integers(90, 160, (height, width, 3), dtype=np.uint8)
    side = int(rng.integers(100, 400))
    top, left = int(rng.integers(0, height - side)), int(rng.integers(0, width - side))
    scene[top : top + side, left : left + side] = cv2.resize(face, (side, side))
    return scene
