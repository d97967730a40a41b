"""A training on a real Ray head: sent, followed, stopped, resumed, brought home and exported."""

import os
import sys
import time
from pathlib import Path

import pytest

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.errors import JobError
from fer_core.jobs.base import DataSource
from fer_core.jobs.detached import end
from fer_core.jobs.limits import Limits
from fer_core.jobs.local import LocalBackend
from fer_core.jobs.ray.backend import RayBackend
from fer_core.jobs.ray.rest import Cluster
from fer_core.jobs.ray.settings import TOKEN_VARIABLES, RaySettings
from fer_core.runs.store import State
from tests.scale.nodes import started

pytestmark = [pytest.mark.scale, pytest.mark.timeout(1200)]

CONFIG = TrainConfig(model="tiny", epochs=3, batch_size=64, augmentation="none")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A machine with its own folders, and a cluster whose `python` is this one."""
    for name in TOKEN_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "runs"))
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    yield {"PATH": path, paths.CACHE_DIR_VARIABLE: str(tmp_path / "there")}
    for job in LocalBackend(tmp_path / "runs").list():
        if job.is_active and job.status.pid is not None:
            end(job.status.pid, job.status.process, at_once=True)


def wait(jobs, name, happened, seconds=400):
    until = time.monotonic() + seconds
    while not happened(job := jobs.status(name)):
        assert time.monotonic() < until, f"{job.status} {jobs.logs(name)}"
        time.sleep(0.2)
    return job


def test_a_job_is_submitted_followed_stopped_resumed_and_fetched(here, tmp_path):
    with started(tmp_path, nodes=1, cpus=2, dashboard=True, environment=here) as cluster:
        address = f"http://{cluster.dashboard}"
        assert Cluster(address).devices().in_words().startswith("Ray 2.60.0, 1 node: no GPU")
        with pytest.raises(JobError, match="has no GPU"):
            jobs_at(tmp_path, address, gpus=1).submit(CONFIG, data=DataSource.SYNTHETIC)
        jobs = jobs_at(tmp_path, address, gpus=0)
        jobs.submit(CONFIG, "far", data=DataSource.SYNTHETIC)
        begun = wait(jobs, "far", lambda job: job.status.epoch >= 1)
        assert begun.status.state is State.RUNNING
        assert begun.run is not None
        assert len(begun.run.history()) >= 1

        jobs.stop("far")
        stopped = wait(jobs, "far", lambda job: not job.is_active)
        assert stopped.status.state is State.STOPPED
        assert 1 <= stopped.status.epoch < CONFIG.epochs
        assert stopped.run.checkpoint_path.exists()

        jobs.resume("far")
        done = wait(jobs, "far", lambda job: not job.is_active)

    assert done.status.state is State.DONE, done.status.message + jobs.logs("far")
    assert list(done.run.history()["epoch"]) == [1, 2, 3]
    assert done.run.onnx_path.exists()
    assert done.run.metrics()
    assert f"Resumed after epoch {stopped.status.epoch}" in jobs.logs("far", 2000)


def jobs_at(folder, address, **settings):
    return RayBackend(
        folder / "runs",
        Limits(free_gb=0.0),
        ray=RaySettings(address=address, install=False, **settings),
    )
