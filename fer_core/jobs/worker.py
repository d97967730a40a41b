"""A job's own process: waits for its turn, trains, and says in its folder how it ended.

    python -m fer_core jobs work RUN_ID

It is started by `LocalBackend` and not meant to be called by hand. Whatever happens to it,
its folder says so: an end that it can see is written down, and one that it cannot see (a
kill, a reboot) is told by its process being gone.
"""

import errno
import logging
import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from fer_core import paths
from fer_core.data import fer2013
from fer_core.data.fer2013 import Dataset
from fer_core.errors import FerError, JobError, install_hint
from fer_core.jobs import fastest
from fer_core.jobs.base import DataSource, JobSpec, read_spec
from fer_core.jobs.limits import limits
from fer_core.jobs.local import queue_of
from fer_core.jobs.queue import Queue
from fer_core.jobs.weights import forget_weights, kept_weights
from fer_core.runs.process import identity
from fer_core.runs.status import try_status
from fer_core.runs.store import (
    Run,
    State,
    Status,
    check_run_id,
    get_run,
    read_status,
    utc_now,
    write_status,
)

POLL_SECONDS = 1.0
"""Between two checks of the queue."""
NICE = 5
"""Lower in priority than the dashboard, so that pages stay quick."""
Train = Callable[["JobSpec | None", Path], Run]
"""From what was asked for and the run folder to the finished run."""


def work(run_id: str, root: Path | None = None, train: Train | None = None) -> int:
    """Carries out one job from its place in the queue to its end.

    The folder has a `job.json`, or is that of a run to be resumed.

    Returns:
        The process's exit status: 0 done, 130 stopped, 1 failed.
    """
    check_run_id(run_id)
    root = paths.runs_dir() if root is None else root
    folder = root / run_id
    queue = queue_of(root, limits())
    _listen_for_stop()
    try:
        with FileLock(str(folder / ".job.lock"), timeout=0):
            return _carry_out(run_id, folder, queue, train or train_to_end)
    except Timeout:  # another process carries it out
        return 1


def _carry_out(run_id: str, folder: Path, queue: Queue, train: Train) -> int:
    """Waits, trains and writes down the end, which comes before the place is given back:
    whoever resumes the job then finds the last word of this process, and adds to it.
    """
    try:
        queue.take(run_id, os.getpid())
        _set(folder, State.QUEUED, "Waiting for its turn")
        while (before := queue.ahead().get(run_id)) != 0:
            _heed_stop(folder)
            if before is None:  # somebody has deleted the ticket
                queue.take(run_id, os.getpid())
            time.sleep(POLL_SECONDS)
        _set(folder, State.RUNNING, "Starting")
        train(read_spec(folder), folder)
        return _end(folder, State.DONE, "", 0)
    except KeyboardInterrupt:
        return _end(folder, State.STOPPED, "Stopped on request; it can be resumed.", 130)
    except FerError as exc:
        return _end(folder, State.FAILED, str(exc), 1)
    except Exception as exc:  # whatever a library raises, the folder has to say so
        logging.getLogger(__name__).exception("The job failed.")
        return _end(folder, State.FAILED, explain(exc), 1)
    finally:
        queue.leave(run_id)


def train_to_end(spec: JobSpec | None, folder: Path) -> Run:
    """Begins the run in `folder` or, where it has a configuration, continues it; exports and
    evaluates it. `spec` is None for a run that was started by command.

    Raises:
        JobError: the folder says neither what was asked for nor what was begun.
        FerError: as the data set, the configuration or training says.
    """
    from fer_core.data.kept_changes import kept_review, reduced
    from fer_core.export import finish
    from fer_core.models import temporal
    from fer_core.temporal import run as temporal_run
    from fer_core.temporal.seen import MadeClips
    from fer_core.training import classical, create, loop, machine

    begun = (folder / "config.json").exists()
    if not begun and spec is None:
        raise JobError(f"What '{folder.name}' was to train is not recorded. Start a new job.")
    if _is_finished(folder):  # killed after its last word, before its status said so
        return get_run(folder.name, folder.parent)
    machine.check_memory()
    if begun:
        run = get_run(folder.name, folder.parent)
        fastest.keep(run)
        if temporal.is_temporal(run.config.train):
            load = partial(_load, spec, folder)
            resumed = temporal_run.resume_temporal(folder.name, load, folder.parent)
            temporal_run.train_to_end(*resumed)
            return _with_card(folder)
    _set(folder, State.RUNNING, "Reading the images")
    dataset = _load(spec, folder)
    if begun or spec is None:
        run = create.resume_run(folder.name, dataset, folder.parent)
    else:
        review = kept_review(folder, spec.train)
        create.check_sources(spec.train, dataset, folder.parent, review)
        _set(folder, State.RUNNING, "Timing some steps with each library and precision")
        chosen = fastest.choose(spec.train, len(dataset.train), spec.backend)
        config = fastest.use(chosen, spec.train)
        _set(folder, State.RUNNING, "Loading Keras")
        run = create.create_run(
            *(config, dataset, folder.name, folder.parent),
            review=review,
            reserved=True,
            images_per_second=chosen.images_per_second(),
        )
    dataset = reduced(dataset, run.config.train, folder)
    _set(folder, State.RUNNING, "Training")
    if classical.is_classic(run.config.train):
        classical.train_classic(run, dataset)
    elif temporal.is_temporal(run.config.train):
        temporal_run.train_to_end(run, MadeClips.of(run, dataset))
    else:
        pretrained = loop.first_weights(run, partial(kept_weights, folder))
        loop.train(run, dataset, pretrained=pretrained)
        _set(folder, State.RUNNING, "Exporting and predicting the test images")
        finish.finish(run, dataset)
        forget_weights(folder)
    return _with_card(folder)


def _with_card(folder: Path) -> Run:
    """The finished run, its model card written."""
    from fer_core.reporting.model_card import write_model_card

    run = get_run(folder.name, folder.parent)
    write_model_card(run)
    return run


def explain(exc: BaseException) -> str:
    """An unforeseen error as a sentence that says what to do."""
    if isinstance(exc, ModuleNotFoundError):
        return install_hint(exc)
    text = f"{type(exc).__name__}: {exc}"
    if isinstance(exc, MemoryError) or "ResourceExhausted" in text or "OOM when" in text:
        return (
            "The memory was not enough. Take a smaller batch size or a smaller network, or end "
            "other programs, and resume it."
        )
    if isinstance(exc, OSError) and exc.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full. Free some space and resume it; the last finished epoch is kept."
    return (
        f"Training ended with an error it did not foresee ({type(exc).__name__}); the log has "
        "the details. The last finished epoch is kept, and the job can be resumed."
    )


def synthetic_dir() -> Path:
    """Folder of the drawn faces that jobs train on without a download."""
    return paths.cache_dir() / "synthetic"


def _load(spec: JobSpec | None, folder: Path) -> Dataset:
    """The images of the job; drawn faces are made where they are missing."""
    from fer_core.data.synthetic.dataset import write_synthetic

    drawn = (
        spec.data is DataSource.SYNTHETIC
        if spec is not None
        else get_run(folder.name, folder.parent).config.synthetic
    )
    if not drawn:
        return fer2013.load()
    if not fer2013.is_available(synthetic_dir()):
        write_synthetic(synthetic_dir())
    return fer2013.load(synthetic_dir())


def _set(folder: Path, state: State, stage: str) -> None:
    """Writes state and stage, unless a stop was asked for; the epochs stay as they are."""
    before, pid = _heed_stop(folder), os.getpid()
    changes = {"state": state, "stage": stage, "pid": pid, "process": identity(pid), "message": ""}
    try_status(folder, before.model_copy(update=changes))


def _heed_stop(folder: Path) -> Status:
    """The job's state; raises KeyboardInterrupt where it asks to stop, as Windows has no signal."""
    status = read_status(folder)
    if status.state is State.STOPPING:
        raise KeyboardInterrupt
    return status


def _end(folder: Path, state: State, message: str, code: int) -> int:
    """Writes how it ended and returns the exit status; what is finished stays done."""
    before = read_status(folder)
    if before.state is State.DONE:
        return 0
    ended = Status(state=state, epoch=before.epoch, epochs=before.epochs, message=message)
    if _is_finished(folder):
        epochs = len(get_run(folder.name, folder.parent).history()) or before.epochs
        ended, code = Status(state=State.DONE, epoch=epochs, epochs=epochs), 0
    try:
        write_status(folder, ended)
    except OSError:
        _overwrite_status(folder, ended)
    return code


def _overwrite_status(folder: Path, ended: Status) -> None:
    """Writes into the `status.json` there is: a full disk has no room for a new file, but the
    old one keeps its own. Not whole at every moment, so only where nothing else is left.
    """
    stamped = ended.model_copy(update={"heartbeat": utc_now()})
    try:
        with (folder / "status.json").open("r+", encoding="utf-8") as file:
            file.write(stamped.model_dump_json(indent=1) + "\n")
            file.truncate()
    except OSError:
        logging.getLogger(__name__).warning("The state could not be written to status.json.")


def _is_finished(folder: Path) -> bool:
    """Whether the run's final model and figures are written; a stop then came too late."""
    try:
        return get_run(folder.name, folder.parent).config.finished is not None
    except FerError:
        return False


def _listen_for_stop() -> None:
    """SIGTERM becomes Ctrl-C, also where the process that started this one ignores Ctrl-C."""

    def interrupt(signum: int, frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGINT, interrupt)
    if hasattr(os, "nice"):
        os.nice(NICE)
