"""What is said of a cluster before anything is sent, each within 15 seconds."""

import socket
import time

import pytest

from fer_core.errors import JobError
from fer_core.jobs.ray import rest
from fer_core.jobs.ray.rest import AwayError, Cluster
from fer_core.jobs.ray.settings import read_address
from tests.jobs.ray.fake import CPU_NODE, GPU_NODE


def test_its_devices_are_told(ray):
    found = Cluster(ray.address).devices()

    assert found.in_words() == ("Ray 2.60.0, 2 nodes: 2 GPUs (T4), 12 CPUs, 80 GB of memory")
    found.check(2)


def test_dead_nodes_do_not_count(ray):
    ray.nodes = [GPU_NODE | {"state": "DEAD"}, CPU_NODE]

    with pytest.raises(JobError, match="has no GPU"):
        Cluster(ray.address).devices().check(1)
    Cluster(ray.address).devices().check(0)


def test_gpus_of_one_training_are_of_one_node(ray):
    ray.nodes = [GPU_NODE, GPU_NODE]

    with pytest.raises(JobError, match=r"No node of the cluster has 3 GPUs.*at most 2"):
        Cluster(ray.address).devices().check(3)


def test_a_port_where_nothing_listens_is_a_wrong_address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(AwayError, match="No Ray cluster answers at") as said:
            Cluster(address).devices()

    assert address in str(said.value)
    assert "--dashboard-host" in str(said.value)


def test_a_name_that_is_not_found_is_a_wrong_address(ray, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(AwayError, match=r"answers at http://head\.invalid:8265"):
        Cluster("head.invalid:8265").devices()


@pytest.mark.parametrize("host", ["10.0.0..5", "x" * 70 + ".example"])
def test_a_mistyped_name_is_a_wrong_address(ray, host):
    with pytest.raises(AwayError, match="No Ray cluster answers"):
        Cluster(f"http://{host}:8265").devices()


@pytest.mark.parametrize("token", ["\ufefftoken", "ключ", "two\nlines"])
def test_a_token_that_can_be_none_is_told(ray, monkeypatch, token):
    monkeypatch.setenv("RAY_AUTH_TOKEN", token)
    with pytest.raises(JobError, match=r"token holds characters.* Correct RAY_AUTH_TOKEN") as said:
        Cluster(ray.address).devices()
    assert token not in str(said.value)


def test_a_server_that_says_nothing_is_not_waited_for(ray, monkeypatch):
    assert rest.CONNECT + rest.READ < 15
    monkeypatch.setattr(rest, "READ", 0.2)
    monkeypatch.setattr(Cluster._ask, "__kwdefaults__", {"accept": (), "read": 0.2})
    ray.silent = True
    before = time.monotonic()

    with pytest.raises(AwayError, match="No Ray cluster answers"):
        Cluster(ray.address).devices()

    assert time.monotonic() - before < 5


def test_a_web_server_that_is_no_ray_is_told(ray):
    ray.html = True
    with pytest.raises(JobError, match="is not Ray's dashboard"):
        Cluster(ray.address).devices()


def test_another_version_of_the_api_is_told_with_rays(ray):
    ray.version = "5"
    with pytest.raises(JobError, match=r"runs Ray 2\.60\.0, whose Jobs API has version 5"):
        Cluster(ray.address).devices()


def test_a_token_is_asked_for_refused_and_taken(ray, monkeypatch, tmp_path):
    ray.token = "the-right-token"
    with pytest.raises(JobError, match=r"asks for a token\. Set RAY_AUTH_TOKEN"):
        Cluster(ray.address).devices()

    monkeypatch.setenv("RAY_AUTH_TOKEN", "another-token")
    with pytest.raises(JobError, match="does not accept the token") as said:
        Cluster(ray.address).devices()
    assert "another-token" not in str(said.value)

    (tmp_path / "token").write_text("the-right-token\n", encoding="utf-8-sig")
    monkeypatch.delenv("RAY_AUTH_TOKEN")
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "token"))
    assert Cluster(ray.address).devices().nodes


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("head:8265", "http://head:8265"),
        (" https://ray.example.org/team/ ", "https://ray.example.org/team"),
        ("[::1]:8265", "http://[::1]:8265"),
    ],
)
def test_an_address_may_be_typed_short(typed, read):
    assert read_address(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        *("", "ray://head:10001", "head:port", "head:99999", "http://", "file:///etc/passwd"),
        *("http://name:secret@head:8265", "http://he ad", "http://head:8265/?x=1", "head:0"),
    ],
)
def test_what_is_no_address_is_refused_with_an_example(typed):
    with pytest.raises(JobError, match="as http://HEAD:8265") as said:
        read_address(typed)
    assert "secret" not in str(said.value)
