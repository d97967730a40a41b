"""A training on a real Ray head: sent, followed, stopped, resumed, brought home and exported."""

import sys
import time

import pytest
import requests

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.data.synthetic.dataset import write_synthetic
from fer_core.errors import JobError
from fer_core.jobs.detached import end
from fer_core.jobs.limits import Limits
from fer_core.jobs.local import LocalBackend
from fer_core.jobs.ray.backend import RayBackend
from fer_core.jobs.ray.rest import Cluster
from fer_core.jobs.ray.settings import TOKEN_VARIABLES, RaySettings
from fer_core.jobs.ray.storage import Storage
from fer_core.runs.store import State
from tests.scale.nodes import started

pytestmark = [pytest.mark.scale, pytest.mark.timeout(1200)]

CONFIG = TrainConfig(model="tiny", epochs=8, batch_size=16, augmentation="none")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A machine with its own folders and a few drawn faces."""
    for name in TOKEN_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "runs"))
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(tmp_path / "data"))
    write_synthetic(tmp_path / "data", train_per_class=60, test_per_class=2, seed=0)
    yield
    for job in LocalBackend(tmp_path / "runs").list():
        if job.is_active and job.status.pid is not None:
            end(job.status.pid, job.status.process, at_once=True)


def wait(jobs, name, happened, seconds=400):
    until = time.monotonic() + seconds
    while not happened(job := jobs.status(name)):
        assert job.status.state is not State.FAILED, jobs.logs(name)
        assert time.monotonic() < until, f"{job.status} {jobs.logs(name)}"
        time.sleep(0.2)
    return job


def test_a_job_is_submitted_followed_stopped_resumed_and_fetched(cluster, here, tmp_path):
    address = f"http://{cluster.dashboard}"
    assert Cluster(address).devices().in_words().startswith("Ray 2.60.0, 3 nodes: no GPU")
    with pytest.raises(JobError, match="has no GPU"):
        jobs_at(tmp_path, address, gpus=1).submit(CONFIG)
    jobs = jobs_at(tmp_path, address)
    jobs.submit(CONFIG, "far")
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
    assert list(done.run.history()["epoch"]) == list(range(1, CONFIG.epochs + 1))
    assert done.run.onnx_path.exists()
    assert done.run.metrics()
    assert f"Resumed after epoch {stopped.status.epoch}" in jobs.logs("far", 2000)


@pytest.mark.long
def test_a_head_asks_for_its_token_and_vanishes(here, tmp_path, monkeypatch):
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "a-token-of-this-test"}
    with started(tmp_path, nodes=1, dashboard=True, environment=token) as cluster:
        address = f"http://{cluster.dashboard}"
        with pytest.raises(JobError, match="asks for a token"):
            Cluster(address).devices()
        monkeypatch.setenv("RAY_AUTH_TOKEN", "another")
        with pytest.raises(JobError, match="does not accept the token"):
            Cluster(address).devices()
        monkeypatch.setenv("RAY_AUTH_TOKEN", token["RAY_AUTH_TOKEN"])
        jobs = jobs_at(tmp_path, address)
        jobs.submit(CONFIG, "far")
        wait(jobs, "far", lambda job: job.status.state is State.RUNNING)
        assert token["RAY_AUTH_TOKEN"] not in jobs.logs("far", 2000)

        cluster.ask("vanish")
        before = time.monotonic()
        job = wait(jobs, "far", lambda job: job.status.message)

    assert time.monotonic() - before < 15
    assert "No Ray cluster answers" in job.status.message
    assert job.is_active, "It is waited for."


def test_a_run_lies_in_s3_meanwhile(monkeypatch):
    """Against moto's server: as a run comes home through shared storage."""
    from moto.server import ThreadedMotoServer

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    where = f"?scheme=http&region=us-east-1&endpoint_override={host}:{port}"
    try:
        with pytest.raises(JobError, match="cannot be used"):
            Storage(f"s3://nowhere/runs{where}").put("run.zip", b"packed")
        requests.put(f"http://{host}:{port}/team", timeout=10)
        storage = Storage(f"s3://team/runs{where}")
        storage.check()
        assert storage.get("run.zip") is None
        storage.put("run.zip", b"first")
        storage.put("run.zip", b"second")
        assert storage.get("run.zip") == b"second"
        storage.remove("run.zip")
        assert storage.get("run.zip") is None
    finally:
        server.stop()


def jobs_at(folder, address, gpus=0):
    data = str(folder / "data")
    settings = RaySettings(address=address, gpus=gpus, data=data, install=False)
    return RayBackend(folder / "runs", Limits(free_gb=0.0), ray=settings, follow=follow_closely)


def follow_closely(name):
    """As `fer_core jobs follow`, but asking often."""
    often = "from fer_core.jobs.ray import follow; follow.POLL_SECONDS = 0.3"
    return [sys.executable, "-c", f"{often}; follow.follow('{name}')"]
