"""Jobs on this machine: each a process of its own that outlives whoever started it.

    backend = LocalBackend()
    job = backend.submit(get_preset("tiny").config)
    backend.status(job.run_id)

The process is `python -m fer_core jobs work RUN_ID` (`fer_core.jobs.worker`) in a session
of its own. It waits for its turn, trains, writes its run folder and nothing else, and reads
no message: stopping it is a signal, everything else is a file. So the dashboard may be
reloaded, restarted or killed meanwhile.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.errors import JobError, RunError
from fer_core.jobs.base import (
    FINAL,
    DataSource,
    Job,
    JobSpec,
    KerasBackend,
    read_spec,
    write_spec,
)
from fer_core.jobs.limits import Limits, limits
from fer_core.jobs.queue import Queue
from fer_core.runs import process
from fer_core.runs.store import (
    Run,
    State,
    Status,
    check_run_id,
    get_run,
    list_runs,
    read_status,
    write_status,
)

LOG_FILE = "train.log"
_QUEUE = ".queue"
_TAIL_BYTES = 256 * 1024
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_SECRETS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSPHRASE")
"""Parts of the names of environment variables that a job has no use for."""

_children: list["subprocess.Popen[bytes]"] = []
"""Jobs that this process has started; it neither waits for them nor ends them."""

Command = Callable[[str], Sequence[str]]


def worker_command(run_id: str) -> list[str]:
    """The command line of a job's process; `run_id` is a checked name, and no shell reads it."""
    return [sys.executable, "-m", "fer_core", "jobs", "work", run_id]


class LocalBackend:
    """The jobs of one runs folder (`JobBackend`). Threads and processes may share it.

    Args:
        root: the runs folder; `paths.runs_dir()` when None.
        bounds: what one machine takes on; from the environment when None.
        command: what a job's process is started with, by its name.
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
        backend: KerasBackend = KerasBackend.TENSORFLOW,
    ) -> Job:
        if run_id is not None:
            check_run_id(run_id)
        self.root.mkdir(parents=True, exist_ok=True)
        with self._queue.locked():
            self._limits.check(config, self.root, len(self._queue.tickets()))
            name = self.reserve(config, run_id, data)
            spec = JobSpec(run_id=name, train=config, data=data, backend=backend)
            try:
                write_spec(self.root / name, spec)
                self._start(name, Status(state=State.QUEUED, epochs=config.epochs))
            except OSError as exc:
                shutil.rmtree(self.root / name, ignore_errors=True)
                raise JobError(f"The job could not be started: {exc.strerror or exc}.") from exc
        return self.status(name)

    def resume(self, run_id: str) -> Job:
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
            self._start(run_id, status)
        return self.status(run_id)

    def stop(self, run_id: str, *, at_once: bool = False) -> Job:
        job = self.status(run_id)
        pid, identity = job.status.pid, job.status.process
        if pid is None:  # its process has only just been started
            with self._queue.locked():
                own = [ticket for ticket in self._queue.tickets() if ticket.run_id == run_id]
            pid, identity = (own[0].pid, own[0].identity) if own else (None, None)
        if not job.is_active or pid is None:
            raise JobError(f"'{run_id}' neither waits nor runs; there is nothing to stop.")
        stopping = {"state": State.STOPPING, "pid": pid, "process": identity}
        write_status(self.root / run_id, job.status.model_copy(update=stopping))
        _signal(pid, identity, at_once=at_once)
        return self.status(run_id)

    def status(self, run_id: str) -> Job:
        check_run_id(run_id)
        return self._job(run_id, self._queue.ahead())

    def list(self) -> list[Job]:
        if not self.root.is_dir():
            return []
        ahead = self._queue.ahead()
        names = {run.run_id for run in list_runs(self.root)}
        names |= {path.parent.name for path in self.root.glob("*/job.json")}
        jobs = [self._job(name, ahead) for name in names]
        never = datetime.min.replace(tzinfo=UTC)
        return sorted(jobs, key=lambda job: (job.since or never, job.run_id), reverse=True)

    def logs(self, run_id: str, lines: int = 200) -> str:
        self.status(run_id)
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
            JobError: it waits or runs.
            RunError: there is no such job.
        """
        if self.status(run_id).is_active:
            raise JobError(f"'{run_id}' waits or runs. Stop it first.")
        shutil.rmtree(self.root / run_id)

    def _job(self, run_id: str, ahead: dict[str, int]) -> Job:
        folder = self.root / run_id
        spec = read_spec(folder)
        run: Run | None = None
        try:
            run = get_run(run_id, self.root)
        except RunError:
            if spec is None:
                raise
        status = read_status(folder)
        if status.state is State.QUEUED and not status.host and run_id not in ahead:
            message = "Its process did not start, or ended before its turn; it can be resumed."
            status = status.model_copy(update={"state": State.STOPPED, "message": message})
        elif status.state in FINAL and run_id in ahead:
            # Its process lives: the file is damaged, or the last figures are being written.
            state = State.QUEUED if ahead[run_id] else State.RUNNING
            status = status.model_copy(update={"state": state, "message": "", "pid": None})
        return Job(run_id, status, spec, run, ahead.get(run_id))

    def reserve(self, config: TrainConfig, run_id: str | None, data: DataSource) -> str:
        """Makes the folder of a new job; nobody else can then make one of that name."""
        stem = config.preset if data is DataSource.FER2013 else f"{config.preset}-{data.value}"
        names = [run_id] if run_id else [stem, *(f"{stem}-{n}" for n in range(2, 1000))]
        for name in names:
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


def queue_of(root: Path, bounds: Limits) -> Queue:
    """The queue of the jobs whose run folders stand in `root`."""
    return Queue(root / _QUEUE, bounds.slots)


def spawn(command: Sequence[str], folder: Path, root: Path) -> int:
    """Starts a process that outlives this one and prints to the folder's log.

    Args:
        command: program and arguments.
        folder: of the run.
        root: the runs folder, which the process is told.

    Returns:
        Its number.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if not any(part in name.upper() for part in _SECRETS)
    }
    spec = read_spec(folder)
    if spec is not None:
        environment["KERAS_BACKEND"] = spec.backend.value
    environment |= {paths.RUNS_DIR_VARIABLE: str(root), "PYTHONUNBUFFERED": "1"}
    detached = (
        {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}  # type: ignore[attr-defined]
        if os.name == "nt"
        else {"start_new_session": True}
    )
    _reap()
    with (folder / LOG_FILE).open("ab") as log:
        started = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=paths.PROJECT_ROOT,
            env=environment,
            **detached,
        )
    _children.append(started)
    return started.pid


def _reap() -> None:
    """Lets go of the processes that this one has started and that have ended."""
    _children[:] = [child for child in _children if child.poll() is None]


def _signal(pid: int, identity: str | None, *, at_once: bool) -> None:
    """Signals a process, unless it is gone and another has its number."""
    if not process.is_alive(pid, identity):
        return
    if os.name == "nt":
        number = signal.SIGTERM if at_once else signal.CTRL_BREAK_EVENT  # type: ignore[attr-defined]
    else:
        number = signal.SIGKILL if at_once else signal.SIGTERM
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError as exc:
        raise JobError("The job's process belongs to another user of this machine.") from exc
