"""A download behind a proxy, a false certificate, no name server: what is told, and how soon."""

import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from fer_core import network
from fer_core.data.download import fetch, transfer
from fer_core.errors import DownloadError

SECRET = "0123456789abcdef"


@pytest.fixture(autouse=True)
def plain_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without proxy, credentials or certificates of its own."""
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    monkeypatch.setattr(transfer, "PAUSE_SECONDS", 0.01)


@pytest.fixture
def listen() -> Iterator[Callable[[Callable[[socket.socket], None]], int]]:
    """Starts a server on this machine that treats each connection so; gives its port."""
    opened: list[socket.socket] = []

    def start(treat: Callable[[socket.socket], None]) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        opened.append(server)

        def accept() -> None:
            while True:
                try:
                    connection = server.accept()[0]
                except OSError:
                    return
                opened.append(connection)
                treat(connection)

        threading.Thread(target=accept, daemon=True).start()
        return int(server.getsockname()[1])

    yield start
    for one in opened:
        one.close()


def refusal(tmp_path: Path) -> str:
    """What a download says, which takes no longer than a person waits."""
    began = time.monotonic()
    with pytest.raises(DownloadError) as caught:
        fetch.download(tmp_path / "data" / "set")
    assert time.monotonic() - began < 5
    assert SECRET not in str(caught.value)
    assert "--zip" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (
            "407 Proxy Authentication Required",
            "asks for a name and password (407). Set HTTPS_PROXY",
        ),
        ("403 Forbidden", "refuses the connection (403)"),
    ],
)
def test_a_proxy_that_refuses_is_named(tmp_path, monkeypatch, listen, status, words):
    def refuse(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    port = listen(refuse)
    monkeypatch.setenv("HTTPS_PROXY", f"http://joe:{SECRET}@127.0.0.1:{port}")
    told = refusal(tmp_path)
    assert f"the proxy 127.0.0.1:{port}" in told
    assert words in told


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("http://127.0.0.1:9", "127.0.0.1:9 does not answer. Correct or remove HTTPS_PROXY"),
        ("socks5://127.0.0.1:9", "HTTPS_PROXY=http://HOST:PORT"),
        ("http://:::bad", "HTTPS_PROXY=http://HOST:PORT"),
    ],
)
def test_a_proxy_that_is_set_wrong_is_named(tmp_path, monkeypatch, proxy, words):
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    assert words in refusal(tmp_path)


def test_a_proxy_that_stays_silent_is_given_up(tmp_path, monkeypatch, listen):
    monkeypatch.setattr(transfer, "TIMEOUT_SECONDS", (0.3, 0.3))
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listen(lambda connection: None)}")
    assert "does not answer in time" in refusal(tmp_path)


def test_a_connection_that_somebody_reads_names_the_certificate(tmp_path, monkeypatch, listen):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on this machine")
    key, own = tmp_path / "key.pem", tmp_path / "own.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-keyout", str(key), "-out", str(own), "-subj", "/CN=api.kaggle.com"]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own, key)

    def read_along(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            context.wrap_socket(connection, server_side=True).close()
        except (OSError, ssl.SSLError):
            return

    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listen(read_along)}")
    told = refusal(tmp_path)
    assert "self-signed certificate" in told
    assert "set REQUESTS_CA_BUNDLE to the PEM file" in told


def test_a_file_of_certificates_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "gone.pem"))
    assert "REQUESTS_CA_BUNDLE names no file" in refusal(tmp_path)


def test_a_name_that_is_not_found_is_told(tmp_path, monkeypatch):
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "its name is not found" in refusal(tmp_path)


def test_credentials_of_letters_that_no_header_takes_are_wrong_credentials(tmp_path, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("KAGGLE_USERNAME", "日本")
    monkeypatch.setenv("KAGGLE_KEY", "日本")
    assert "does not answer" in refusal(tmp_path)  # asked anonymously instead


def test_urllibs_errors_are_understood_too(monkeypatch, listen):
    def refuse(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 407 Login\r\nContent-Length: 0\r\n\r\n")

    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listen(refuse)}")
    with pytest.raises(OSError, match="407") as caught:
        urllib.request.build_opener().open("https://example.org", timeout=2)
    assert "asks for a name and password" in network.explain(caught.value)


def test_what_passes_is_worth_another_try():
    assert not network.is_lasting(requests.ConnectionError(ConnectionResetError(104, "reset")))
    assert network.is_lasting(requests.ReadTimeout())
