"""What is found for a connection, in which order, and that no credential is ever told."""

import json
import logging
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from pages.parts.live.server import ice
from pages.parts.live.server.ice import IceConfiguration, IceFinder, IceSource, find_ice_servers

SECRET = "hunter2-very-secret"
TURN = {"urls": ["turn:relay.example:3478"], "username": "u", "credential": SECRET}


class Provider(BaseHTTPRequestHandler):
    """Answers every provider's request with `answer`, and keeps what was asked."""

    answer: Any = None
    status = 200
    asked: list[tuple[str, dict[str, str], bytes]]
    before: Callable[[], object] = staticmethod(lambda: None)

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        type(self).asked.append((self.path, dict(self.headers), body))
        type(self).before()
        self.send_response(self.status)
        self.end_headers()
        text = self.answer if isinstance(self.answer, str) else json.dumps(self.answer)
        self.wfile.write(text.encode())

    do_POST = do_GET  # noqa: N815, the name is http.server's

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Provider]]:
    """A server on this machine that gets what streamlit-webrtc asks of any provider."""
    Provider.answer, Provider.status, Provider.asked = {}, 200, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    send = urllib.request.urlopen

    def redirected(request: urllib.request.Request, timeout: float) -> Any:
        path = urlsplit(request.full_url).path
        request.full_url = f"http://127.0.0.1:{server.server_port}{path}"
        return send(request, timeout=timeout)

    monkeypatch.setattr(urllib.request, "urlopen", redirected)
    monkeypatch.setattr(Provider, "before", staticmethod(lambda: None))
    yield Provider
    server.shutdown()
    server.server_close()
    thread.join()


def _install_twilio(monkeypatch: pytest.MonkeyPatch, create: Callable[[int], Any]) -> None:
    """A package `twilio` whose client gives what `create` returns for a time to live."""
    rest = ModuleType("twilio.rest")
    client = lambda sid, token: SimpleNamespace(  # noqa: E731
        tokens=SimpleNamespace(create=lambda ttl: create(ttl))
    )
    rest.Client = client  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "twilio", ModuleType("twilio"))
    monkeypatch.setitem(sys.modules, "twilio.rest", rest)


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither public STUN nor the package of Twilio."""
    monkeypatch.setattr(ice, "_resolves", lambda url: False)
    monkeypatch.setitem(sys.modules, "twilio", None)


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
    assert found.servers == ({"urls": urls[:1], "username": "u", "credential": SECRET},)
    ((_, headers, _),) = provider.asked
    assert headers["Authorization"] == f"Bearer {SECRET}"


def test_twilio(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [
        {"url": "stun:a:1", "urls": "stun:a:1"},
        {"url": "stun:b:1", "urls": None, "username": None, "credential": None},
        TURN,
    ]
    _install_twilio(monkeypatch, lambda ttl: SimpleNamespace(ice_servers=entries))
    found = find_ice_servers(TWILIO)
    assert found.source is IceSource.TWILIO
    urls = [server["urls"] for server in found.servers]
    assert urls == [["stun:a:1"], ["stun:b:1"], TURN["urls"]]


def test_without_its_package_twilio_is_left_out_and_that_is_said() -> None:
    found = find_ice_servers(TWILIO | OWN)
    assert found.source is IceSource.STATIC
    assert "pip install twilio" in found.findings[1].text


def test_hugging_face(provider: type[Provider]) -> None:
    provider.answer = {"username": "u", "credential": SECRET}
    found = find_ice_servers(HUGGING_FACE)
    assert found.source is IceSource.HUGGING_FACE
    assert found.has_relay


def test_a_provider_that_refuses_is_skipped_and_named(
    provider: type[Provider], monkeypatch: pytest.MonkeyPatch
) -> None:
    class RefusedError(Exception):
        status = 401

    def refuse(ttl: int) -> Any:
        raise RefusedError(SECRET)

    provider.status = 403
    _install_twilio(monkeypatch, refuse)
    found = find_ice_servers(CLOUDFLARE | TWILIO | OWN)
    assert found.source is IceSource.STATIC
    assert ["refused the credentials" in finding.text for finding in found.findings] == [
        *(True, True, False),
    ]


@pytest.mark.parametrize("answer", ["no JSON", "[]", {"iceServers": 5}, {"iceServers": []}])
def test_a_strange_answer_is_skipped(provider: type[Provider], answer: Any) -> None:
    provider.answer = answer
    found = find_ice_servers(CLOUDFLARE)
    assert found.source is IceSource.NONE
    assert found.findings[0].text.startswith("failed: ")


def test_a_silent_provider_costs_the_time_out_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ice, "TIMEOUT", 0.2)
    end = threading.Event()
    _install_twilio(monkeypatch, lambda ttl: end.wait(30))
    began = time.monotonic()
    found = find_ice_servers(TWILIO)
    assert time.monotonic() - began < 5
    assert "no answer within 0.2 s" in found.findings[1].text
    end.set()


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


def test_found_servers_are_kept_and_asked_for_again_before_they_expire(
    provider: type[Provider],
) -> None:
    now = [0.0]
    finder = IceFinder(lambda: now[0])
    provider.answer = {"iceServers": [TURN]}
    first = finder.find(CLOUDFLARE, patience=30)
    now[0] = ice.REFRESH - 1
    assert finder.find(CLOUDFLARE) is first
    assert len(provider.asked) == 1
    now[0] = ice.EXPIRES + 1
    second = finder.find(CLOUDFLARE, patience=30)
    assert second is not first
    assert len(provider.asked) == 2, "Asked anew, not taken from a cache of an hour."


def test_a_provider_that_failed_is_asked_again_soon(provider: type[Provider]) -> None:
    now = [0.0]
    finder = IceFinder(lambda: now[0])
    provider.status = 500
    assert finder.find(CLOUDFLARE, patience=30).source is IceSource.NONE
    provider.status, provider.answer = 200, {"iceServers": [TURN]}
    now[0] = ice.RETRY + 1
    finder.find(CLOUDFLARE)  # with what is known; a new answer is on its way
    until = time.monotonic() + 30
    while finder.find(CLOUDFLARE).source is not IceSource.CLOUDFLARE:
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("settings", "seconds"), [({}, ice.RETRY), ({"FER_ICE_SERVERS": "none"}, ice.REFRESH)]
)
def test_a_slow_name_look_up_is_tried_again_soon(
    settings: dict[str, str], seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[str] = []
    monkeypatch.setattr(ice, "_resolves", lambda url: bool(looked_up.append(url)))
    now = [0.0]
    finder = IceFinder(lambda: now[0])
    first = finder.find(settings, patience=30)
    assert first.source is IceSource.NONE
    for at, is_asked in ((seconds - 1, False), (seconds + 1, True)):
        now[0] = at
        finder.find(settings)
        assert finder._asked is not None
        finder._asked.wait(30)
        assert (finder.find(settings) is not first) is is_asked


def test_while_one_visitor_s_question_is_slow_others_use_what_is_known(
    provider: type[Provider], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    answer_now = threading.Event()
    finder = IceFinder(lambda: now[0])
    provider.answer = {"iceServers": [TURN]}
    known = finder.find(CLOUDFLARE, patience=30)
    monkeypatch.setattr(provider, "before", staticmethod(lambda: answer_now.wait(30)))

    now[0] = ice.REFRESH + 1
    began = time.monotonic()
    assert [finder.find(CLOUDFLARE, patience=30) for _ in range(5)] == [known] * 5
    now[0] = ice.EXPIRES + 1
    without = finder.find(CLOUDFLARE, patience=0.1)
    assert time.monotonic() - began < 5
    assert "not answered yet" in without.findings[0].text
    assert len(provider.asked) == 2, "One visitor asks for all."
    answer_now.set()
    assert finder.find(CLOUDFLARE, patience=30).source is IceSource.CLOUDFLARE
