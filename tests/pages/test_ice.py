"""What is found for a connection, in which order, and that no credential is ever told."""

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pages.parts.live import ice, ice_providers
from pages.parts.live.ice import IceConfiguration, IceFinder, IceSource, find_ice_servers

SECRET = "hunter2-very-secret"
TURN = {"urls": ["turn:relay.example:3478"], "username": "u", "credential": SECRET}


class Provider(BaseHTTPRequestHandler):
    """Answers every provider's request with `answer`, and keeps what was asked."""

    answer: Any = None
    status = 200
    asked: list[tuple[str, dict[str, str], bytes]]

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        type(self).asked.append((self.path, dict(self.headers), body))
        self.send_response(self.status)
        self.end_headers()
        text = self.answer if isinstance(self.answer, str) else json.dumps(self.answer)
        self.wfile.write(text.encode())

    do_POST = do_GET  # noqa: N815, the name is http.server's

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Provider]]:
    Provider.answer, Provider.status, Provider.asked = {}, 200, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(ice_providers, "CLOUDFLARE_URL", base + "/cloudflare/{}")
    monkeypatch.setattr(ice_providers, "TWILIO_URL", base + "/twilio/{}")
    monkeypatch.setattr(ice_providers, "HUGGING_FACE_URL", base + "/hf")
    yield Provider
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ice, "_resolves", lambda url: False)


CLOUDFLARE = {"CLOUDFLARE_TURN_KEY_ID": "key", "CLOUDFLARE_TURN_KEY_API_TOKEN": SECRET}
TWILIO = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": SECRET}
OWN = {"FER_ICE_SERVERS": json.dumps([TURN])}
HUGGING_FACE = {"HF_TOKEN": SECRET}


def _told(found: IceConfiguration) -> str:
    return repr(found) + found.meaning + "".join(finding.text for finding in found.findings)


def test_cloudflare_comes_first_and_port_53_is_left_out(provider: type[Provider]) -> None:
    urls = ["turn:turn.cloudflare.com:3478?transport=udp", "turn:turn.cloudflare.com:53"]
    provider.answer = {"iceServers": [{"urls": urls, "username": "u", "credential": SECRET}]}
    provider.status = 201
    found = find_ice_servers(HUGGING_FACE | OWN | TWILIO | CLOUDFLARE)
    assert found.source is IceSource.CLOUDFLARE
    assert found.has_relay
    assert found.servers[0]["urls"] == urls[:1]
    assert found.servers[0]["credential"] == SECRET
    path, headers, body = provider.asked[0]
    assert path == "/cloudflare/key"
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert json.loads(body) == {"ttl": 3600}
    assert len(provider.asked) == 1


def test_twilio(provider: type[Provider]) -> None:
    provider.status = 201
    provider.answer = {
        "ice_servers": [
            {"url": "stun:a:1", "urls": "stun:a:1"},
            {"url": "stun:b:1", "urls": None, "username": None, "credential": None},
            TURN,
        ]
    }
    found = find_ice_servers(TWILIO)
    assert found.source is IceSource.TWILIO
    urls = [server["urls"] for server in found.servers]
    assert urls == [["stun:a:1"], ["stun:b:1"], TURN["urls"]]
    path, headers, body = provider.asked[0]
    assert path == "/twilio/AC1"
    assert headers["Authorization"].startswith("Basic ")
    assert body == b"Ttl=3600"


def test_hugging_face(provider: type[Provider]) -> None:
    provider.answer = {"iceServers": [{"urls": "stun:a:1"}, TURN]}
    found = find_ice_servers(HUGGING_FACE)
    assert found.source is IceSource.HUGGING_FACE
    assert found.has_relay
    path, headers, _ = provider.asked[0]
    assert path == "/hf?ttl=3600"
    assert headers["Authorization"] == f"Bearer {SECRET}"


def test_a_provider_that_refuses_is_passed_over_and_named(provider: type[Provider]) -> None:
    provider.status = 401
    found = find_ice_servers(CLOUDFLARE | OWN)
    assert found.source is IceSource.STATIC
    told = {finding.source: finding.text for finding in found.findings}
    assert "refused the credentials" in told[IceSource.CLOUDFLARE]
    assert told[IceSource.TWILIO] == "not set"


@pytest.mark.parametrize("answer", ["no JSON", "[]", {"iceServers": 5}, {"iceServers": []}])
def test_a_strange_answer_is_passed_over(provider: type[Provider], answer: Any) -> None:
    provider.answer = answer
    found = find_ice_servers(CLOUDFLARE)
    assert found.source is IceSource.NONE
    assert found.findings[0].text.startswith("failed: ")


def test_a_silent_server_costs_the_time_out_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(ice_providers, "TIMEOUT", 0.4)
        monkeypatch.setattr(
            ice_providers, "TWILIO_URL", f"http://127.0.0.1:{silent.getsockname()[1]}/{{}}"
        )
        began = time.monotonic()
        found = find_ice_servers(TWILIO)
        assert time.monotonic() - began < 5
    assert "did not answer within 0.4 s" in found.findings[1].text


def test_half_a_pair_is_told_by_name() -> None:
    found = find_ice_servers({"CLOUDFLARE_TURN_KEY_ID": "key"})
    assert found.findings[0].text == "incomplete: CLOUDFLARE_TURN_KEY_API_TOKEN is missing"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stun:a:1", [{"urls": ["stun:a:1"]}]),
        ("stun:a:1, stun:b:2", [{"urls": ["stun:a:1", "stun:b:2"]}]),
        (json.dumps(TURN), [TURN]),
        (json.dumps([TURN, {"urls": "stun:a:1"}]), [TURN, {"urls": ["stun:a:1"]}]),
    ],
)
def test_own_list(text: str, expected: list[dict[str, Any]]) -> None:
    found = find_ice_servers({"FER_ICE_SERVERS": text})
    assert found.source is IceSource.STATIC
    assert list(found.servers) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("http://a", "names no usable server"),
        ("turn:a:1", "without username and credential"),
        (f'[{{"credential": "{SECRET}"', "not valid JSON"),
        ('["stun:a:1"]', "no list of servers"),
        ("stun:", "names no usable server"),
    ],
)
def test_a_wrong_own_list_is_explained(text: str, why: str) -> None:
    found = find_ice_servers({"FER_ICE_SERVERS": text})
    assert found.source is IceSource.NONE
    assert why in _told(found)
    assert SECRET not in _told(found)


def test_none_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ice, "_resolves", lambda url: True)
    assert find_ice_servers({"FER_ICE_SERVERS": "none"}).servers == ()


def test_public_stun_where_there_is_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ice, "_resolves", lambda url: True)
    found = find_ice_servers({})
    assert found.source is IceSource.PUBLIC_STUN
    assert not found.has_relay
    assert "need a relay" in found.meaning


def test_credentials_are_neither_told_nor_logged(
    provider: type[Provider], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider.answer = {"iceServers": [TURN]}
    for settings in (CLOUDFLARE, TWILIO, OWN, HUGGING_FACE, CLOUDFLARE | TWILIO):
        assert SECRET not in _told(find_ice_servers(settings))
    provider.status = 500
    assert SECRET not in _told(find_ice_servers(CLOUDFLARE | TWILIO | HUGGING_FACE))
    assert SECRET not in caplog.text


def test_found_servers_are_kept_and_failures_tried_again(provider: type[Provider]) -> None:
    now = [0.0]
    finder = IceFinder(lambda: now[0])
    provider.answer = {"iceServers": [TURN]}
    first = finder.find(CLOUDFLARE)
    now[0] = ice.LIFETIME - 1
    assert finder.find(CLOUDFLARE) is first
    now[0] = ice.LIFETIME + 1
    finder.find(CLOUDFLARE)
    assert len(provider.asked) == 2
    provider.status = 500
    finder.find(TWILIO)
    now[0] += ice.RETRY + 1
    provider.status, provider.answer = 200, {"ice_servers": [TURN]}
    assert finder.find(TWILIO).source is IceSource.TWILIO
