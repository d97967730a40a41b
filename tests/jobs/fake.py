"""A job's process whose training is a count: it says when it began and when it ended.

    python -m tests.jobs.fake SECONDS RUN_ID

The runs folder comes from the environment, as for the real one.
"""

import sys
import time
from pathlib import Path

from fer_core.errors import TrainingError
from fer_core.jobs import worker
from fer_core.jobs.base import JobSpec
from fer_core.runs.store import Run, State, Status, write_status
from tests.builders import make_run

worker.POLL_SECONDS = 0.05


def count(seconds: float, spec: JobSpec | None, folder: Path) -> Run:
    """Writes `begun` and `ended` with the time, and a finished run."""
    assert spec is not None
    (folder / "begun").write_text(str(time.monotonic()), encoding="utf-8")
    print(f"begun {folder.name}", flush=True)
    if spec.train.seed == 13:
        raise TrainingError("The seed is unlucky. Take another one.")
    if spec.train.seed == 14:
        raise ZeroDivisionError
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.02)
    run = make_run(folder.parent, folder.name, epochs=spec.train.epochs)
    (folder / "ended").write_text(str(time.monotonic()), encoding="utf-8")
    if spec.train.seed == 15:  # a stop that comes when all is written
        write_status(folder, Status(state=State.STOPPING, epoch=1, epochs=9))
        raise KeyboardInterrupt
    return run


if __name__ == "__main__":
    duration, name = float(sys.argv[1]), sys.argv[2]
    sys.exit(worker.work(name, train=lambda spec, folder: count(duration, spec, folder)))
