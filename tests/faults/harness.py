"""A small home for jobs that are to be disturbed, and what came of them."""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_core.config import TrainConfig
from fer_core.data.synthetic.dataset import write_synthetic
from fer_core.jobs.base import DataSource, Job
from fer_core.jobs.limits import Limits
from fer_core.jobs.local import LocalBackend
from fer_core.runs.store import State, get_run
from tests.builders import tiny_config

SECONDS = 280
"""That a job may take at most; TensorFlow alone takes ten to load."""
EPOCHS = 4


@dataclass
class Tally:
    """Faults tried, by name, and what they did.

    Attributes:
        tried: how often each fault was tried.
        lost: runs that could not be brought to their end.
        unreadable: run folders that said nothing.
        different: runs that ended elsewhere than the undisturbed one.
    """

    tried: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    unreadable: int = 0
    different: int = 0

    def add(self, fault: str) -> None:
        self.tried[fault] = self.tried.get(fault, 0) + 1

    def table(self) -> str:
        """The table that the terminal shows at the end."""
        lines = [f"{name:<52} {count:>5}" for name, count in self.tried.items()]
        return "\n".join(
            [
                f"{'fault':<52} {'tried':>5}",
                *lines,
                f"runs lost: {self.lost}; folders unreadable: {self.unreadable}; "
                f"ended elsewhere: {self.different}",
            ]
        )


TALLY = Tally()


class Home:
    """A runs folder with its jobs, on drawn faces. Enter it to set the environment.

    Args:
        folder: empty.
    """

    def __init__(self, folder: Path) -> None:
        self.runs = folder / "runs"
        self.cache = folder / "cache"
        self.environment = {
            "FER_RUNS_DIR": str(self.runs),
            "FER_CACHE_DIR": str(self.cache),
            "FER_MIN_FREE_GB": "0",
            "FER_MAX_QUEUE": "40",
        }
        self.runs.mkdir(parents=True)
        write_synthetic(self.cache / "synthetic", train_per_class=8, test_per_class=3)
        self.jobs = LocalBackend(self.runs, Limits(free_gb=0.0, queue=40), _work)

    def submit(self, run_id: str, **changes: object) -> Job:
        return self.jobs.submit(config(**changes), run_id, DataSource.SYNTHETIC)

    def wait(self, run_id: str, *states: State) -> Job:
        """Waits for one of `states`; counts a run as lost that does not come there."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            job = self.jobs.status(run_id)
            if job.status.state in states:
                return job
            time.sleep(0.05)
        TALLY.lost += 1
        raise AssertionError(
            f"{run_id}: {self.jobs.status(run_id).status}\n{self.jobs.logs(run_id)}"
        )

    def wait_until(self, run_id: str, happened: Callable[[Path], bool]) -> None:
        """Waits for something in the folder of a job that works."""
        until = time.monotonic() + SECONDS
        while not happened(self.runs / run_id):
            assert time.monotonic() < until, self.jobs.logs(run_id)
            assert self.jobs.status(run_id).is_active, self.jobs.logs(run_id)
            time.sleep(0.02)

    def kill(self, run_id: str) -> None:
        """Ends the job's process without a word, if it still lives."""
        job = self.jobs.status(run_id)
        if job.is_active and job.status.pid:
            os.kill(job.status.pid, signal.SIGKILL)
            self.wait(run_id, State.STOPPED, State.DONE)

    def finish(self, run_id: str) -> NDArray[np.float32]:
        """Resumes the job as often as it takes and returns its final scores."""
        for _ in range(3):
            if self.wait(run_id, State.DONE, State.STOPPED, State.FAILED).status.state is (
                State.DONE
            ):
                return scores(self.runs, run_id)
            self.jobs.resume(run_id)
        TALLY.lost += 1
        raise AssertionError(self.jobs.logs(run_id))

    def check_readable(self, run_id: str) -> None:
        """The folder says what it is, at any moment."""
        try:
            job = next(job for job in self.jobs.list() if job.run_id == run_id)
            assert job.spec is not None
        except Exception:
            TALLY.unreadable += 1
            raise

    def check_same(self, found: NDArray[np.float32], expected: NDArray[np.float32]) -> None:
        if not np.array_equal(found, expected):
            TALLY.different += 1
        np.testing.assert_array_equal(found, expected)


def _work(run_id: str) -> list[str]:
    """The command of a job's process, which knows the network of tests too."""
    code = "import tests.builders; from fer_core.cli import main; main()"
    return [sys.executable, "-c", code, "jobs", "work", run_id]


def config(**changes: object) -> TrainConfig:
    """A network of 0.2 million weights for some very short epochs."""
    return tiny_config(**{"model": "tiny", "epochs": EPOCHS, "dropout": 0.2} | changes)


def scores(root: Path, run_id: str) -> NDArray[np.float32]:
    """Of the exported model on validation and test images."""
    return get_run(run_id, root).predictions().y_score


def moments(count: int, longest: float, seed: int = 0) -> list[float]:
    """Seconds at which to disturb, anywhere between the start and the end."""
    rng = random.Random(seed)
    return [rng.uniform(0, longest) for _ in range(count)]
