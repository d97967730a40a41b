"""A cluster that is none, and jobs that tests follow themselves."""

import sys

import pytest

from fer_core.jobs import detached
from fer_core.jobs.limits import Limits
from fer_core.jobs.local import LocalBackend
from fer_core.jobs.ray import follow
from fer_core.jobs.ray.backend import RayBackend
from fer_core.jobs.ray.settings import TOKEN_VARIABLES, RaySettings
from tests.jobs.ray.fake import FakeRay


@pytest.fixture
def ray(monkeypatch, tmp_path):
    """A cluster with one node of two GPUs and one without; no token is set or found."""
    for name in TOKEN_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setattr(follow, "POLL_SECONDS", 0.02)
    fake = FakeRay()
    yield fake
    fake.silent = False
    fake.end()
    for child in detached._children:
        child.kill()
        child.wait()
    detached._children.clear()


@pytest.fixture
def exported(monkeypatch):
    """Names of the runs that a local job exports; it does nothing else."""
    names: list[str] = []
    monkeypatch.setattr(
        LocalBackend, "resume", lambda self, name: names.append(name) or self.status(name)
    )
    return names


@pytest.fixture
def jobs(ray, tmp_path):
    return jobs_at(tmp_path / "runs", address=ray.address)


def jobs_at(root, **settings):
    """Jobs at a cluster, whose following is left to the test."""
    return RayBackend(
        root,
        Limits(free_gb=0.0),
        ray=RaySettings(**settings),
        follow=lambda name: [sys.executable, "-c", "import time; time.sleep(60)"],
    )
