"""Connecting to a real cluster: what it gets, and what is told within 15 seconds where it cannot
be used.
"""

import time
from contextlib import contextmanager

import pytest

from fer_core.errors import ScaleError
from fer_core.scale.cluster import run_on
from tests.scale.nodes import started

pytestmark = pytest.mark.scale


@contextmanager
def told(words):
    """One sentence or two with these words, within 15 seconds."""
    begun = time.monotonic()
    with pytest.raises(ScaleError, match=words) as caught:
        yield
    assert time.monotonic() - begun < 15
    assert "Traceback" not in str(caught.value)


def test_its_machines_get_the_code(cluster, monkeypatch):
    use(cluster, monkeypatch)
    heard = []

    answer = run_on(cluster.address, "tests.scale.task", {}, heard.append)

    assert answer == {"nodes": 3}
    assert [path for path in heard[0]["code"] if "runtime_resources" in path], "not this checkout"


def test_another_version_of_ray(cluster, monkeypatch):
    use(cluster, monkeypatch)
    cluster.ask("metadata ray_version 2.58.0")
    try:
        with told("runs Ray 2.58.0 .* Both must be the same: install requirements-scale.txt"):
            run_on(cluster.address, "tests.scale.task", {}, print)
    finally:
        cluster.ask("metadata ray_version 2.60.0")


def test_no_gpu(cluster, monkeypatch):
    use(cluster, monkeypatch)

    with told("has no GPU"):
        run_on(cluster.address, "tests.scale.task", {}, print, gpus=1)


def test_more_cores_than_a_machine_has(cluster, monkeypatch):
    use(cluster, monkeypatch)

    with told("No machine of the cluster has 64 cores.* Ask for fewer by --cpus and --gpus"):
        run_on(cluster.address, "tests.scale.task", {"cpus": 64}, print)


def test_a_node_that_is_no_head(cluster, monkeypatch):
    use(cluster, monkeypatch)
    other = cluster.ask("node")["address"]

    with told("is not the head of a Ray cluster"):
        run_on(other, "tests.scale.task", {}, print)


def test_a_token_that_is_missing_and_a_cluster_that_vanishes(tmp_path, monkeypatch):
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "a" * 32}
    with started(tmp_path, 1, environment=token) as running:
        use(running, monkeypatch)
        monkeypatch.delenv("RAY_AUTH_TOKEN")
        monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
        with told("asks for a token. Set RAY_AUTH_MODE=token and"):
            run_on(running.address, "tests.scale.task", {}, print)
        monkeypatch.setenv("RAY_AUTH_MODE", "token")
        with told("asks for a token. Set RAY_AUTH_MODE=token and"):
            run_on(running.address, "tests.scale.task", {}, print)

        monkeypatch.setenv("RAY_AUTH_TOKEN", "a" * 32)
        vanished = []

        def vanish(_):
            running.ask("vanish")
            vanished.append(time.monotonic())

        with pytest.raises(ScaleError, match="vanished"):
            run_on(running.address, "tests.scale.task", {"seconds": 60}, vanish)
        assert time.monotonic() - vanished[0] < 15


def use(cluster, monkeypatch):
    for name, value in cluster.environment.items():
        if name == "HOME" or name.startswith("RAY_"):
            monkeypatch.setenv(name, value)
