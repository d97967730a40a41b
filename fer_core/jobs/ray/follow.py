"""The process here that follows a job on a Ray cluster to its end, and brings it home.

    python -m fer_core jobs follow RUN_ID

It is started by `RayBackend`. Every few seconds it asks the cluster and writes state, log and
history into the run folder, which pages and commands read. A cluster that does not answer is
waited for. Killed, it loses nothing: `resume` follows the job again.
"""

import logging
import os
import time
from pathlib import Path

from filelock import FileLock, Timeout

from fer_core import paths
from fer_core.errors import FerError, JobError
from fer_core.files import write_text
from fer_core.jobs import parcel
from fer_core.jobs.base import JobSpec, KerasBackend, read_spec, write_spec
from fer_core.jobs.detached import LOG_FILE
from fer_core.jobs.local import LocalBackend
from fer_core.jobs.ray import told as marks
from fer_core.jobs.ray.rest import LARGE, READ, AwayError, Cluster, GoneError, RemoteJob
from fer_core.jobs.ray.storage import Storage
from fer_core.jobs.ray.told import Told
from fer_core.runs.process import identity
from fer_core.runs.status import try_status
from fer_core.runs.store import RunConfig, State, Status, check_run_id, read_status

HOST = "the Ray cluster"
POLL_SECONDS = 2.0
"""Between two questions."""
LOG_TRIES = 5
"""Questions for the log of a job that has ended; its node may be gone with it."""
_BEGIN = "== On {host}, job {name} ==\n"
_ERRORS = {
    "RUNTIME_ENV_SETUP_FAILURE": "Its packages could not be installed there; the log says why. "
    "Where the cluster has them already, submit it without installing.",
    "JOB_SUPERVISOR_ACTOR_START_TIMEOUT": "No node was free for it in time. Resume it when the "
    "cluster has room, or take fewer GPUs.",
    "JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE": "No node of the cluster can take it. Take fewer GPUs.",
    "JOB_SUPERVISOR_ACTOR_DIED": "The node that trained it is gone.",
    "JOB_SUPERVISOR_ACTOR_UNKNOWN_FAILURE": "The node that trained it is gone.",
}


def follow(run_id: str, root: Path | None = None) -> int:
    """Follows one job to its end.

    Returns:
        The process's exit status: 0 unless nothing could be followed.
    """
    check_run_id(run_id)
    root = paths.runs_dir() if root is None else root
    folder = root / run_id
    try:
        with FileLock(str(folder / ".follow.lock"), timeout=0):
            return _Follower(run_id, root).run()
    except Timeout:  # another process follows it
        return 1


class _Follower:
    def __init__(self, run_id: str, root: Path) -> None:
        self._root, self._folder = root, root / run_id
        spec = read_spec(self._folder)
        if spec is None or spec.ray is None or spec.remote is None:
            raise JobError(f"'{run_id}' is no job of a Ray cluster.")
        self._spec: JobSpec = spec
        self._settings, self._name = spec.ray, spec.remote
        self._cluster = Cluster(spec.ray.address)
        begin = _BEGIN.format(host=HOST, name=self._name)
        self._before = self._log_before(begin) + begin
        self._epoch = read_status(self._folder).epoch

    def run(self) -> int:
        try:
            job, told = self._wait_for_end()
            self._come_home(job, told)
        except FerError as exc:
            self._end(State.FAILED, str(exc))
        except Exception as exc:  # the folder has to say so
            logging.getLogger(__name__).exception("Following failed.")
            self._end(
                State.FAILED,
                f"Following it failed here ({type(exc).__name__}); the log has the details. "
                "Resume it to follow it again.",
            )
        return 0

    def _wait_for_end(self) -> tuple[RemoteJob, Told]:
        """Asks until the job has ended; its last state and all that it told."""
        tries = 0
        while True:
            try:
                job = self._cluster.job(self._name)
                log = ""
                if job.state != "PENDING":
                    try:
                        read = LARGE if job.has_ended else READ
                        log = self._cluster.log(self._name, read=read)
                    except JobError:
                        if not job.has_ended:
                            raise
                        tries += 1
                        if tries < LOG_TRIES:
                            raise
                told = marks.read(log)
            except GoneError as exc:
                return RemoteJob("GONE", str(exc), ""), marks.read("")
            except AwayError as exc:
                self._say(None, "Waiting for an answer", str(exc))
                time.sleep(POLL_SECONDS)
                continue
            self._take(told)
            if job.has_ended:
                return job, told
            self._say(told if job.state == "RUNNING" else None, told.stage or _waits_for(job))
            time.sleep(POLL_SECONDS)

    def _take(self, told: Told) -> None:
        """Writes configuration, history and log as far as they are told."""
        if told.config is not None and not (self._folder / "config.json").exists():
            config = RunConfig.model_validate(told.config)
            write_text(self._folder / "config.json", config.model_dump_json(indent=1) + "\n")
        if told.text:
            write_text(self._folder / LOG_FILE, self._before + told.text + "\n")
        self._epoch = parcel.take_history(self._folder, told.epochs)

    def _say(self, told: Told | None, stage: str, problem: str = "") -> None:
        """Writes how it goes; a stop that was asked for stays."""
        before = read_status(self._folder)
        state = State.QUEUED if told is None else State.RUNNING
        if told is None and before.state is State.RUNNING:
            state = State.RUNNING
        pid = os.getpid()
        step = {} if told is None else told.step
        try_status(
            self._folder,
            Status(
                state=State.STOPPING if before.state is State.STOPPING else state,
                epoch=self._epoch,
                epochs=self._spec.train.epochs,
                step=int(step.get("step", 0)),
                steps=int(step.get("steps", 0)),
                step_seconds=float(step.get("step_seconds", 0.0)),
                stage=stage,
                pid=pid,
                process=identity(pid),
                host=HOST,
                message=self._for_all(problem),
            ),
        )

    def _come_home(self, job: RemoteJob, told: Told) -> None:
        """Puts what it trained into the run folder; a whole one is exported here."""
        packed = told.result
        if self._settings.storage:
            packed = Storage(self._settings.storage).get(f"{self._name}.zip")
        if packed is not None:
            parcel.unpack(self._folder, packed, HOST)
            self._epoch = parcel.take_history(self._folder, "")
        done: dict[str, KerasBackend | None] = {"remote": None}
        if job.state == "SUCCEEDED":  # the export needs TensorFlow, whatever trained it
            done["backend"] = KerasBackend.TENSORFLOW
        write_spec(self._folder, self._spec.model_copy(update=done))
        if packed is not None and self._settings.storage:
            Storage(self._settings.storage).remove(f"{self._name}.zip")
        if job.state == "STOPPED":
            self._end(State.STOPPED, "Stopped on request; it can be resumed.")
        elif job.state == "FAILED":
            if not told.failed:
                self._log(job.message)
            self._end(State.FAILED, told.failed or _why(job))
        elif job.state == "GONE":
            lost = "Resume it to train on from the last epoch that came home."
            self._end(State.FAILED, f"{job.message} {lost}")
        elif packed is None:
            self._end(State.FAILED, "The cluster left no result. The log says why.")
        else:
            self._end(State.STOPPED, "Trained. Resume it to export and measure it here.")
            LocalBackend(self._root).resume(self._spec.run_id)

    def _end(self, state: State, message: str) -> None:
        epochs = self._spec.train.epochs
        said = self._for_all(message)
        try_status(
            self._folder, Status(state=state, epoch=self._epoch, epochs=epochs, message=said)
        )

    def _for_all(self, text: str) -> str:
        """As visitors of a page may read it, who need not know the owner's machines."""
        words = {
            self._settings.address: "its address",
            self._settings.storage: "that was given",
            self._settings.data: "the folder that was given",
        }
        for secret, word in words.items():
            text = text.replace(secret, word) if secret else text
        return text

    def _log(self, text: str) -> None:
        """Adds what Ray says, as of packages that could not be installed."""
        with (self._folder / LOG_FILE).open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")

    def _log_before(self, begin: str) -> str:
        """What the log says of earlier parts of the training."""
        try:
            text = (self._folder / LOG_FILE).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return text.partition(begin)[0]


def _waits_for(job: RemoteJob) -> str:
    if job.state == "PENDING":
        return "Waiting for free devices, or until its packages are installed"
    return "Starting"


def _why(job: RemoteJob) -> str:
    if "error raised in its creation task" in job.message:
        return "Ray could not start in the environment made for it there; the log says why."
    return _ERRORS.get(job.error) or _in_short(job)


def _in_short(job: RemoteJob) -> str:
    """Ray's own words, of which the last line says why."""
    lines = [line.strip() for line in job.message.splitlines() if line.strip()]
    return f"The cluster ended it: {lines[-1][:300]}" if lines else "The cluster ended it."
