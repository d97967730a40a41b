"""Jobs on a Ray cluster: sent, followed and brought home, exported here.

    python -m fer_core jobs submit --preset compact --place ray --address http://HEAD:8265

A run becomes a job of Ray's Jobs API: this package and the configuration, with the packages that
training needs. A process here (`fer_core.jobs.ray.follow`) reads its log while it runs and, when
it has ended, puts its run folder beside the others, where a local job exports and evaluates it as
if it had been trained here. Nothing here imports Ray.

A job whose `remote` is set is the cluster's, or has a result there that was not fetched yet.
"""

import secrets
import sys
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from fer_core.config import TrainConfig
from fer_core.data.label_review import Review
from fer_core.errors import JobError
from fer_core.jobs import parcel
from fer_core.jobs.base import DataSource, Job, JobSpec, KerasBackend, Place, read_spec, write_spec
from fer_core.jobs.detached import end, spawn
from fer_core.jobs.limits import Limits
from fer_core.jobs.local import Command, LocalBackend, with_review, worker_command
from fer_core.jobs.needs import missing_needs
from fer_core.jobs.ray.follow import HOST
from fer_core.jobs.ray.packages import requirements
from fer_core.jobs.ray.remote import RUNS
from fer_core.jobs.ray.rest import AwayError, Cluster, GoneError
from fer_core.jobs.ray.settings import TOKEN_VARIABLES, RaySettings, read_address
from fer_core.jobs.ray.storage import Storage, storage_variables
from fer_core.jobs.weights import check_weights
from fer_core.models.classical.systems import CLASSIC
from fer_core.models.temporal import TEMPORAL
from fer_core.runs.process import identity
from fer_core.runs.store import State, Status, get_run, write_status
from fer_core.training.distribution import check_several

ENTRYPOINT = "python start.py"
_START = '''\
"""Begins a training of the facial-expression dashboard, sent by `jobs submit --place ray`."""
import pathlib, sys

if sys.version_info < (3, 11):
    has = "%d.%d" % sys.version_info[:2]
    print('FER-FAILED "The cluster runs Python ' + has + '; this app needs 3.11 to 3.13."')
    sys.exit(1)
from fer_core.jobs.ray.remote import main

sys.exit(main(pathlib.Path.cwd()))
'''
STOP_SECONDS = 120
"""How long a job may take to end well when asked to; Ray's own default is 3."""
_LEARNED_FROM = ("config.json", "model.keras")
"""Files of a run that another learns from."""
_NOT_BEGUN = ("history.csv", "train.log")
"""Files of a run that one which continues has no use for: the checkpoint knows its history."""


def follow_command(run_id: str) -> list[str]:
    """The command line of the process that follows a job."""
    return [sys.executable, "-m", "fer_core", "jobs", "follow", run_id]


class RayBackend(LocalBackend):
    """Jobs on a Ray cluster; their folders stand beside the local ones. New ones go to `ray`."""

    def __init__(
        self,
        root: Path | None = None,
        bounds: Limits | None = None,
        command: Command = worker_command,
        ray: RaySettings | None = None,
        follow: Command = follow_command,
    ) -> None:
        super().__init__(root, bounds, command)
        self._ray = ray
        self._follow_command = follow

    def submit(
        self,
        config: TrainConfig,
        run_id: str | None = None,
        data: DataSource = DataSource.FER2013,
        backend: KerasBackend | None = None,
        weights: Path | None = None,
        label_review: Review | None = None,
    ) -> Job:
        """As for jobs here; the cluster is asked first, and has the job when this returns.

        Raises:
            JobError: the cluster does not answer, refuses, or has no node for it.
        """
        settings = RaySettings(address="") if self._ray is None else self._ray
        settings = settings.model_copy(update={"address": read_address(settings.address)})
        check_suited(with_review(config, data, label_review))
        backend = backend or KerasBackend.TENSORFLOW
        if backend is KerasBackend.TORCH:
            raise JobError("On a Ray cluster Keras computes with TensorFlow or JAX. Choose one.")
        check_several(config, backend.value, settings.gpus)
        if weights is not None:
            check_weights(config, weights)
            raise JobError("ImageNet weights are fetched by the cluster. Omit the file.")
        self.root.mkdir(parents=True, exist_ok=True)
        active = sum(job.is_active and bool(job.status.host) for job in self.list())
        self._limits.check(config, self.root, active)
        if missing := missing_needs(config, self.root):
            raise JobError(" ".join(missing.values()))
        Cluster(settings.address).devices().check(settings.gpus)
        if settings.storage:
            Storage(settings.storage).check()
        name = self._reserve(config, run_id, data)
        folder = self.root / name
        where = {"place": Place.RAY, "ray": settings}
        spec = JobSpec(run_id=name, train=config, data=data, backend=backend, **where)
        try:
            self._send(spec)
        except BaseException:
            for file in folder.iterdir():
                file.unlink()
            folder.rmdir()
            raise
        return self.status(name)

    def resume(self, run_id: str) -> Job:
        """Follows a job that the cluster still has; else continues on the cluster after the last
        epoch that came home, or, where all did, exports here.
        """
        self._spec(run_id)
        try:
            with FileLock(str(self.root / run_id / ".resume.lock"), timeout=0):
                return self._resume(run_id)
        except Timeout:
            raise JobError(f"'{run_id}' is being resumed already.") from None

    def _resume(self, run_id: str) -> Job:
        job, spec = self.status(run_id), self._spec(run_id)
        if job.is_active or job.status.state is State.DONE:
            return super().resume(run_id)  # which refuses
        assert spec.ray is not None
        if spec.remote is not None:
            with suppress(GoneError):
                Cluster(spec.ray.address).job(spec.remote)
                self._follow(spec, job.status.epoch)
                return self.status(run_id)
        if _is_trained(job):
            return super().resume(run_id)
        self._limits.check(spec.train, self.root, 0)
        Cluster(spec.ray.address).devices().check(spec.ray.gpus)
        self._send(spec)
        return self.status(run_id)

    def stop(self, run_id: str, *, at_once: bool = False) -> Job:
        """Asks the cluster to stop it: it ends after its step, and what it trained comes home.
        `at_once` gives it up here, and tells the cluster so where that answers.
        """
        job, spec = self.status(run_id), self._spec(run_id)
        if not job.status.host or not job.is_active or spec.ray is None or spec.remote is None:
            return super().stop(run_id, at_once=at_once)
        cluster = Cluster(spec.ray.address)
        if not at_once:
            write_status(
                self.root / run_id, job.status.model_copy(update={"state": State.STOPPING})
            )
            try:
                cluster.stop(spec.remote)
            except JobError:
                write_status(self.root / run_id, job.status)
                raise
            return self.status(run_id)
        told = "The cluster was told to end it."
        try:
            cluster.stop(spec.remote)
        except JobError:
            told = "The cluster did not answer and was not told."
        if job.status.pid is not None:
            end(job.status.pid, job.status.process, at_once=True)
        write_spec(self.root / run_id, spec.model_copy(update={"remote": None}))
        given_up = {
            **{"state": State.STOPPED, "host": "", "pid": None, "process": None},
            "message": f"No longer followed here. {told}",
        }
        write_status(self.root / run_id, job.status.model_copy(update=given_up))
        return self.status(run_id)

    def _spec(self, run_id: str) -> JobSpec:
        spec = read_spec(self.root / run_id)
        if spec is None or spec.ray is None:
            raise JobError(f"'{run_id}' is no job of a Ray cluster.")
        return spec

    def _send(self, spec: JobSpec) -> None:
        """Submits what `spec` asks for, from the checkpoint that is here, and follows it."""
        assert spec.ray is not None
        cluster = Cluster(spec.ray.address)
        spec = spec.model_copy(update={"remote": f"fer-{spec.run_id}-{secrets.token_hex(4)}"})
        package = cluster.upload(package_for(spec, self.root))
        try:
            cluster.submit(request_for(spec, package))
        except AwayError:  # it may have been taken all the same
            with suppress(JobError):
                cluster.stop(str(spec.remote))
            raise
        write_spec(self.root / spec.run_id, spec)
        self._follow(spec, 0)

    def _follow(self, spec: JobSpec, epoch: int) -> None:
        assert spec.ray is not None
        folder = self.root / spec.run_id
        keys = storage_variables(spec.ray.storage)
        command = self._follow_command(spec.run_id)
        pid = spawn(command, folder, self.root, (*TOKEN_VARIABLES, *keys))
        status = Status(
            state=State.QUEUED,
            epoch=epoch,
            epochs=spec.train.epochs,
            host=HOST,
            stage="Sent",
            pid=pid,
            process=identity(pid),
        )
        write_status(folder, status)


def _is_trained(job: Job) -> bool:
    """Whether all its epochs came home, so that only the export is left."""
    if job.run is None or not (job.run.checkpoint_path / "state.json").exists():
        return False
    return job.spec is not None and len(job.run.history()) >= job.spec.train.epochs


def check_suited(config: TrainConfig) -> None:
    """Refuses what is not sent to a cluster.

    Raises:
        JobError: says why.
    """
    if config.model in CLASSIC:
        raise JobError(f"'{config.model}' is no network and gains nothing on a GPU: train it here.")
    if config.model == TEMPORAL:
        raise JobError("It takes minutes and reads what a run of this machine sees: train it here.")
    if config.uses_ferplus:
        raise JobError("The FER+ votes stay on this machine. Train on them here.")
    if config.label_review or config.exclude_list:
        raise JobError("Runs on reviewed labels, or that leave images out, are trained here.")


def package_for(spec: JobSpec, root: Path) -> bytes:
    """What the cluster gets, as a ZIP: this package, the job, its run as far as it is here, and
    the networks that it learns from.
    """
    extra = {"start.py": _START.encode(), "job.json": spec.model_dump_json(indent=1).encode()}
    for name in parcel.RESULT_FILES:
        path = root / spec.run_id / name
        if name not in _NOT_BEGUN and path.exists():
            extra[f"{RUNS}/{spec.run_id}/{name}"] = path.read_bytes()
    for other in set(spec.train.learns_from()):
        folder = get_run(other, root).folder
        for name in _LEARNED_FROM:
            extra[f"{RUNS}/{other}/{name}"] = (folder / name).read_bytes()
    return parcel.code(extra)


def request_for(spec: JobSpec, package: str) -> dict[str, object]:
    """The job as Ray's API describes one."""
    assert spec.ray is not None
    assert spec.backend is not None
    environment: dict[str, object] = {
        "working_dir": package,
        "env_vars": {
            "RAY_JOB_STOP_WAIT_TIME_S": str(STOP_SECONDS),
            "KERAS_BACKEND": spec.backend.value,
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
        },
    }
    if spec.ray.install:
        environment["pip"] = requirements(spec.backend, gpus=spec.ray.gpus)
    return {
        "entrypoint": ENTRYPOINT,
        "submission_id": spec.remote,
        "runtime_env": environment,
        "metadata": {"name": spec.run_id},
        "entrypoint_num_cpus": 1,
        "entrypoint_num_gpus": spec.ray.gpus,
    }
