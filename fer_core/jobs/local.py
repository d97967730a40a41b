"""Jobs on this machine: each a process of its own that outlives whoever started it.

    backend = LocalBackend()
    job = backend.submit(get_preset("tiny").config)
    backend.status(job.run_id)

The process is `python -m fer_core jobs work RUN_ID` (`fer_core.jobs.worker`) in a session
of its own. It waits for its turn, trains, writes its run folder and nothing else, and reads
no message: stopping it is a signal (on Windows the state in its `status.json`), everything else
is a file. So the dashboard may be reloaded, restarted or killed meanwhile.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.data.kept_changes import keep_review
from fer_core.data.label_review import Review
from fer_core.errors import JobError, RunError
from fer_core.jobs.base import FINAL, DataSource, Job, JobSpec, KerasBackend, read_spec, write_spec
from fer_core.jobs.detached import LOG_FILE, end, spawn
from fer_core.jobs.limits import Limits, limits
from fer_core.jobs.needs import images_of, missing_needs
from fer_core.jobs.queue import Queue
from fer_core.jobs.weights import check_weights, keep_weights
from fer_core.runs.names import is_packaged
from fer_core.runs.store import (
    Run,
    State,
    Status,
    check_run_id,
    chosen_run_id,
    get_run,
    list_runs,
    read_status,
    set_default_run,
    write_status,
)

_QUEUE = ".queue"
_TAIL_BYTES = 256 * 1024
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
Command = Callable[[str], Sequence[str]]


def worker_command(run_id: str) -> list[str]:
    """The command line of a job's process; `run_id` is a checked name, and no shell reads it."""
    return [sys.executable, "-m", "fer_core", "jobs", "work", run_id]


class LocalBackend:
    """The jobs of one runs folder. Every method may be called by any process at any time.

    Each raises `RunError` where there is no job of that name. The bounds come from the
    environment when None; `command` is what a job's process is started with, by its name.
    """

    def __init__(
        self,
        root: Path | None = None,
        bounds: Limits | None = None,
        command: Command = worker_command,
    ) -> None:
        self.root = paths.runs_dir() if root is None else root
        self._limits = limits() if bounds is None else bounds
        self._command = command
        self._queue = queue_of(self.root, self._limits)

    def submit(
        self,
        config: TrainConfig,
        run_id: str | None = None,
        data: DataSource = DataSource.FER2013,
        backend: KerasBackend | None = None,
        weights: Path | None = None,
        label_review: Review | None = None,
    ) -> Job:
        """Queues a new job.

        Its name is made from the preset's where None, and it is trained with what is fastest
        where `backend` is. A file of ImageNet weights is copied;
        they are downloaded where None. It is a path of this machine: from a command line only,
        never from a page. `label_review` is trained with; a copy is kept.

        Raises:
            RunError: the name is not valid or taken.
            JobError: the queue or the disk is full, it takes more epochs than allowed, the
                weights are not for it, or what it names is not there or does not suit the images.
        """
        checksum = None if weights is None else check_weights(config, weights)
        config = with_review(config, data, label_review)
        dataset = images_of(config, data)
        with self._queue.locked():
            before = [ticket.run_id for ticket in self._queue.tickets()]
            self._limits.check(config, self.root, len(before))
            if missing := missing_needs(config, self.root, before, dataset, label_review):
                raise JobError(" ".join(missing.values()))
            with _explained():
                name = self._reserve(config, run_id, data)
            spec = JobSpec(run_id=name, train=config, data=data, backend=backend, weights=checksum)
            try:
                with _explained():
                    if weights is not None:
                        keep_weights(self.root / name, weights)
                    if label_review is not None:
                        keep_review(self.root / name, label_review)
                    write_spec(self.root / name, spec)
                    self._start(name, Status(state=State.QUEUED, epochs=config.epochs))
            except JobError:
                shutil.rmtree(self.root / name, ignore_errors=True)
                raise
        return self.status(name)

    def resume(self, run_id: str) -> Job:
        """Queues a stopped or failed job again; it continues after its last finished epoch.

        Raises:
            JobError: it waits or runs already, or is done.
        """
        check_run_id(run_id)
        with self._queue.locked():
            places = self._queue.places()
            job = self._job(run_id, places)
            config = job.train
            if job.is_active or run_id in places:
                raise JobError(f"'{run_id}' waits or runs already.")
            if job.status.state is State.DONE:
                raise JobError(f"'{run_id}' is done; there is nothing to resume.")
            if config is None:
                raise JobError(f"What '{run_id}' was to train is not recorded. Start a new job.")
            self._limits.check(config, self.root, len(places))
            status = Status(state=State.QUEUED, epoch=job.status.epoch, epochs=config.epochs)
            with _explained():
                self._start(run_id, status)
        return self.status(run_id)

    def stop(self, run_id: str, *, at_once: bool = False) -> Job:
        """Asks a job to stop; a running one finishes its step and says so in its folder. `at_once`
        ends its process without asking; it loses the epoch in progress either way.

        Raises:
            JobError: it neither waits nor runs, or cannot be asked.
        """
        job = self.status(run_id)
        pid, identity = job.status.pid, job.status.process
        if pid is None:  # its process has only just been started
            with self._queue.locked():
                own = [ticket for ticket in self._queue.tickets() if ticket.run_id == run_id]
            pid, identity = (own[0].pid, own[0].identity) if own else (None, None)
        if not job.is_active or pid is None:
            raise JobError(f"'{run_id}' neither waits nor runs; there is nothing to stop.")
        stopping = {"state": State.STOPPING, "pid": pid, "process": identity}
        try:
            write_status(self.root / run_id, job.status.model_copy(update=stopping))
        except OSError as exc:
            # On a full disk it stops all the same, but for Windows, where this file alone asks it.
            if os.name == "nt" and not at_once:
                raise JobError(
                    f"'{run_id}' could not be asked to stop, as its folder cannot be written to. "
                    "Free some space on the disk and try again, or end it at once (`--now`)."
                ) from exc
        end(pid, identity, at_once=at_once)
        return self.status(run_id)

    def status(self, run_id: str) -> Job:
        """One job as it is now."""
        check_run_id(run_id)
        return self._job(run_id, self._queue.ahead())

    def list(self) -> list[Job]:
        """All jobs and runs, the latest first."""
        jobs = self._jobs(self._queue.ahead() if self.root.is_dir() else {})
        never = datetime.min.replace(tzinfo=UTC)
        return sorted(jobs, key=lambda job: (job.since or never, job.run_id), reverse=True)

    def logs(self, run_id: str, lines: int = 200) -> str:
        """The last lines that the job printed; empty before the first."""
        LocalBackend.status(self, run_id)
        try:
            with (self.root / run_id / LOG_FILE).open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
                text = file.read().decode(errors="replace")
        except OSError:
            return ""
        return "\n".join(_ANSI.sub("", text).splitlines()[-lines:])

    def delete(self, run_id: str) -> None:
        """Removes a job's folder with everything that it trained.

        Raises:
            JobError: it waits or runs, or another job that does learns from it.
        """
        check_run_id(run_id)
        with self._queue.locked():  # nobody resumes it meanwhile
            places = self._queue.places()
            if self._job(run_id, places).is_active or run_id in places:
                raise JobError(f"'{run_id}' waits or runs. Stop it first.")
            if not (self.root / run_id).is_dir():
                raise JobError(f"'{run_id}' is part of the installed package and stays.")
            for job in self._jobs(places):
                if job.is_active and job.train and run_id in job.train.learns_from():
                    raise JobError(
                        f"'{job.run_id}' waits or runs and learns from '{run_id}'. Delete it when "
                        "that has ended."
                    )
            if chosen_run_id(self.root) == run_id:  # a later run of that name is another one
                set_default_run(None, self.root)
            shutil.rmtree(self.root / run_id, ignore_errors=True)
        if (self.root / run_id).exists():
            raise JobError(f"Some files of '{run_id}' could not be deleted.")

    def _jobs(self, ahead: dict[str, int]) -> Iterator[Job]:
        """All jobs and runs, in no order."""
        names = {run.run_id for run in list_runs(self.root)}
        names |= {path.parent.name for path in self.root.glob("*/job.json")}
        for name in names:
            with suppress(RunError):  # deleted meanwhile, or a copy that has no run's name
                check_run_id(name)
                yield self._job(name, ahead)

    def _job(self, run_id: str, ahead: dict[str, int]) -> Job:
        folder = self.root / run_id
        spec = read_spec(folder)
        run: Run | None = None
        with nullcontext() if spec is None else suppress(RunError):
            run = get_run(run_id, self.root)
        status = read_status(run.folder if run is not None else folder)
        if status.state is State.QUEUED and not status.host and run_id not in ahead:
            message = "Its process did not start, or ended before its turn; it can be resumed."
            status = status.model_copy(update={"state": State.STOPPED, "message": message})
        elif status.state in FINAL and run_id in ahead:
            # Its process lives: the file is damaged, or the last figures are being written.
            state = State.QUEUED if ahead[run_id] else State.RUNNING
            status = status.model_copy(update={"state": state, "message": "", "pid": None})
        return Job(run_id, status, spec, run, ahead.get(run_id))

    def _reserve(self, config: TrainConfig, run_id: str | None, data: DataSource) -> str:
        """Makes the folder of a new job, which nobody else can then make, and returns its name.

        Raises:
            RunError: `run_id` is not valid or taken.
        """
        if run_id is not None:
            check_run_id(run_id)
        stem = config.preset if data is DataSource.FER2013 else f"{config.preset}-{data.value}"
        names = [run_id] if run_id else [stem, *(f"{stem}-{n}" for n in range(2, 1000))]
        for name in names:
            if is_packaged(self.root / name):
                continue
            try:
                (self.root / name).mkdir()
            except FileExistsError:
                continue
            return name
        raise RunError(f"There is a run '{names[0]}' already. Choose another name.")

    def _start(self, run_id: str, queued: Status) -> None:
        folder = self.root / run_id
        write_status(folder, queued)
        self._queue.enter(run_id, lambda: spawn(self._command(run_id), folder, self.root))


def with_review(config: TrainConfig, data: DataSource, review: Review | None) -> TrainConfig:
    """The configuration of a run that is trained with that review.

    Raises:
        JobError: it is to be trained on drawn faces, whose labels nobody reviews.
    """
    if review is None:
        return config
    if data is DataSource.SYNTHETIC:
        raise JobError("The label review is of the data set's images; drawn faces have other ones.")
    return config.model_copy(update={"label_review": review.sha256})


def queue_of(root: Path, bounds: Limits) -> Queue:
    """The queue of the jobs whose run folders stand in `root`."""
    return Queue(root / _QUEUE, bounds.slots)


@contextmanager
def _explained() -> Iterator[None]:
    """Turns a failed start into a sentence."""
    try:
        yield
    except OSError as exc:
        reason = (exc.strerror or type(exc).__name__).lower()
        raise JobError(
            f"The job could not be started: {reason}. See that the disk of the runs has room and "
            "can be written to."
        ) from exc
