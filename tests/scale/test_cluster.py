"""A wrong address is told before Ray is loaded, and a child that ends is told for what it is."""

import http.server
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from fer_core.errors import ScaleError, install_hint
from fer_core.scale import cluster, driver


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://10.0.0.5:8265", "address of a dashboard"),
        ("https://ray.example.org", "address of a dashboard"),
        ("ray://10.0.0.5:10001", "not an address that this takes"),
        ("10.0.0.5", "not an address that this takes"),
        ("10.0.0.5:six", "not an address that this takes"),
        ("10.0.0.5:70000", "not an address that this takes"),
        (":6379", "not an address that this takes"),
        ("auto", "not an address that this takes"),
    ],
)
def test_what_is_no_address_of_a_head_is_told(address, words):
    with pytest.raises(ScaleError, match=words) as told:
        cluster.check_address(address)

    assert address in str(told.value)


def test_where_nothing_listens_that_is_told(free_port):
    with pytest.raises(ScaleError, match="connection refused"):
        cluster.check_address(f"127.0.0.1:{free_port}")


def test_a_host_that_does_not_exist_is_told():
    with pytest.raises(ScaleError, match="No Ray cluster answers"):
        cluster.check_address("nowhere.invalid:6379")


def test_what_listens_and_stays_silent_is_no_cluster(monkeypatch):
    monkeypatch.setattr(cluster, "TRY_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        with pytest.raises(ScaleError, match="no answer"):
            cluster.check_address(f"127.0.0.1:{silent.getsockname()[1]}")

    assert time.monotonic() - begun < 5


def test_a_web_server_is_no_cluster():
    with web_server() as address, pytest.raises(ScaleError, match="something else listens there"):
        cluster.check_address(address)


def test_without_ray_the_line_that_installs_it_is_told(monkeypatch):
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)

    with pytest.raises(ModuleNotFoundError) as missing:
        cluster.run_on("local", "fer_core.scale.reading", {}, print)

    assert install_hint(missing.value).endswith("pip install -r requirements-scale.txt")


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("import os; os.kill(os.getpid(), 9)", "The process that leads the work .* was killed"),
        ("import sys; sys.exit(1)", "vanished"),
        ("import sys; print('RpcError: broken', file=sys.stderr)", "last words: RpcError: broken"),
        ('print(\'{"error": "No GPU."}\', flush=True); input()', "^No GPU.$"),
    ],
)
def test_how_the_child_ended_is_told(monkeypatch, script, told):
    with child(monkeypatch, script), pytest.raises(ScaleError, match=told):
        cluster.run_on("local", "none", {}, print)


def test_a_child_that_does_not_connect_is_ended(monkeypatch):
    monkeypatch.setattr(cluster, "LOCAL_SECONDS", 0.5)
    script = "import sys; print('{\"loaded\": 1}', flush=True); sys.stdin.read()"

    with child(monkeypatch, script) as started, pytest.raises(ScaleError, match="did not start"):
        cluster.run_on("local", "none", {}, print)

    assert started[0].returncode is not None


def test_a_cluster_that_no_longer_answers_is_told(monkeypatch, free_port):
    monkeypatch.setattr(cluster, "WATCH_SECONDS", 0.1)
    monkeypatch.setattr(cluster, "check_ready", lambda address: None)
    script = "import sys; print('{\"connected\": 1}', flush=True); sys.stdin.read()"

    with child(monkeypatch, script), pytest.raises(ScaleError, match="vanished"):
        cluster.run_on(f"127.0.0.1:{free_port}", "none", {}, print)


def test_messages_and_the_answer_come_back(monkeypatch):
    heard = []
    script = (
        "import json; print(json.dumps({'told': json.loads(input())['request']}));"
        'print(\'{"answer": {"done": 3}}\')'
    )

    with child(monkeypatch, script):
        answer = cluster.run_on("local", "none", {"ä": 1}, heard.append)

    assert (heard, answer) == (
        [{"ä": 1}],
        {"done": 3},
    )


@pytest.mark.parametrize(
    ("ray_said", "told"),
    [
        (
            "Version mismatch: The cluster was started with:\n Ray: 2.58.0\n Python: 3.12.4\n"
            "This process on node 1 was started with:\n Ray: 2.60.0\n Python: 3.11.7\n",
            "runs Ray 2.58.0 and Python 3.12.4, this machine Ray 2.60.0 and Python 3.11.7",
        ),
        ("Unauthenticated: Invalid or missing auth token", "asks for a token"),
        ("No node info found matching attributes: '' when", "not part of the cluster"),
        ("RPC error: Received http2 header with status: 404", "is not the head of a Ray cluster"),
        ("RPC error: ", "is not the head of a Ray cluster"),
        ("a new kind of error", "cannot be used: a new kind of error"),
    ],
)
def test_rays_own_words_become_a_sentence(ray_said, told):
    assert told in driver.explain("10.0.0.5:6379", ray_said)


def test_a_machine_on_which_ray_does_not_start_is_called_that():
    said = driver.explain("local", "The current node timed out during startup.")
    assert said.startswith("Ray did not start on this machine. It said: The current node timed")


@pytest.fixture
def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@contextmanager
def web_server():
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    server.RequestHandlerClass.log_message = lambda *_: None
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def child(monkeypatch, script):
    """Lets `script` stand in for the child that connects to a cluster; the process started."""
    started = []
    popen = subprocess.Popen

    def start(command, **options):
        started.append(popen([sys.executable, "-c", script], **options))
        return started[0]

    monkeypatch.setattr(cluster, "find_spec", lambda name: True)
    monkeypatch.setattr(cluster.subprocess, "Popen", start)
    yield started
