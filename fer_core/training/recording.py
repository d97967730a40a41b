"""What a training process records about itself: state, heartbeat, log, how it ended."""

import errno
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from filelock import FileLock, Timeout

from fer_core.errors import RunError, TrainingError
from fer_core.runs.process import identity
from fer_core.runs.status import try_status
from fer_core.runs.store import Run, State, Status

HEARTBEAT_SECONDS = 5.0


@contextmanager
def alone(run: Run) -> Iterator[None]:
    """Keeps a second process from training the same run."""
    try:
        with FileLock(str(run.folder / ".lock"), timeout=0):
            yield
    except Timeout as exc:
        raise RunError(f"Another process is training run '{run.run_id}' already.") from exc


def report(
    run: Run,
    epoch: int,
    *,
    step: int = 0,
    steps: int = 0,
    step_seconds: float = 0.0,
    stage: str = "",
) -> None:
    """Writes that `run` is trained; `epoch` counts finished epochs, `step` those of the next one,
    of which each took about `step_seconds`.

    Raises:
        KeyboardInterrupt: its `status.json` asks it to stop, which is how Windows does.
    """
    if run.status().state is State.STOPPING:
        raise KeyboardInterrupt
    pid = os.getpid()
    status = Status(
        state=State.RUNNING,
        epoch=epoch,
        epochs=run.config.train.epochs,
        step=step,
        steps=steps,
        step_seconds=step_seconds,
        stage=stage,
        pid=pid,
        process=identity(pid),
    )
    try_status(run.folder, status)


class Heartbeat:
    """Writes that `run` is still trained, at most once in `HEARTBEAT_SECONDS`."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._last = time.monotonic()

    def beat(self, epoch: int, **progress: Any) -> None:
        """Arguments are those of `report`."""
        if time.monotonic() - self._last > HEARTBEAT_SECONDS:
            self._last = time.monotonic()
            report(self._run, epoch, **progress)


@contextmanager
def log_to(run: Run) -> Iterator[None]:
    """Sends this package's log lines to `train.log` as well."""
    handler = logging.FileHandler(run.folder / "train.log", encoding="utf-8")
    handler.handleError = lambda record: None  # type: ignore[method-assign]  # a full disk
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("fer_core")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()


@contextmanager
def recorded(run: Run) -> Iterator[Callable[[], None]]:
    """Writes how training ended to `status.json`; SIGTERM counts as Ctrl-C. Signals reach the main
    thread only: in another one nobody is listened to.

    Yields:
        Raises KeyboardInterrupt where one was raised before and lost: Python drops whatever is
        raised while an object is being finalized. Call it after each step.
    """
    asked = False

    def interrupt(signum: int, frame: object) -> None:
        nonlocal asked
        asked = True
        raise KeyboardInterrupt

    def check() -> None:
        if asked:
            raise KeyboardInterrupt

    heeded = []
    if threading.current_thread() is threading.main_thread():
        heeded.append(signal.SIGTERM)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a shell may ignore it
            heeded.append(signal.SIGINT)
    before = {signum: signal.signal(signum, interrupt) for signum in heeded}
    try:
        yield check
    except KeyboardInterrupt:
        _report_end(run, State.STOPPED, "Stopped on request; it can be resumed.")
        raise
    except OSError as exc:
        message = _explain(exc, run)
        _report_end(run, State.FAILED, message)
        raise TrainingError(message) from exc
    except Exception as exc:
        _report_end(run, State.FAILED, str(exc))
        raise
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def _report_end(run: Run, state: State, message: str) -> None:
    if run.status().state is State.DONE:  # it came too late to undo that
        return
    logging.getLogger(__name__).info("%s: %s", state.value, message)
    epoch, epochs = run.status().epoch, run.config.train.epochs
    try_status(run.folder, Status(state=state, epoch=epoch, epochs=epochs, message=message))


def _explain(exc: OSError, run: Run) -> str:
    what, then = f"A file could not be written ({exc.strerror or type(exc).__name__})", "continue"
    if exc.errno in (errno.ENOSPC, errno.EDQUOT):
        what, then = "The disk is full", "free some space and continue"
    command = f"python -m fer_core train --resume {run.run_id}"
    return f"{what}. The last finished epoch is kept: {then} with `{command}`."
