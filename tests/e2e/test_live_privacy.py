"""Live in the browser: while it plays nothing is sent, whatever the camera shows."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from fer_core.bench.browser import wait_until_drawn
from tests.e2e.app import AppServer

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request, WebSocket

pytestmark = pytest.mark.browser

_OTHER_WAYS = """
window.otherWays = [];
for (const name of ['RTCPeerConnection', 'WebTransport', 'EventSource']) {
  if (!window[name]) continue;
  window[name] = new Proxy(window[name], {
    construct(target, given) { window.otherWays.push(name); return new target(...given); },
  });
}
"""
"""Notes connections that are neither requests nor WebSockets."""


@dataclass
class Traffic:
    """What a page, and its workers, say to any server."""

    requests: "list[Request]" = field(default_factory=list)
    sent: list[str | bytes] = field(default_factory=list)
    received: list[str | bytes] = field(default_factory=list)

    def follow(self, page: "Page") -> None:
        page.on("request", self._ask)
        page.on("websocket", self._open)

    def clear(self) -> None:
        for noted in (self.requests, self.sent, self.received):
            noted.clear()

    def _ask(self, request: "Request") -> None:
        if urlsplit(request.url).scheme not in ("blob", "data"):  # which stay in the page
            self.requests.append(request)

    def _open(self, socket: "WebSocket") -> None:
        socket.on("framesent", lambda content: self.sent.append(content))
        socket.on("framereceived", lambda content: self.received.append(content))


@pytest.mark.parametrize(
    "seconds",
    [pytest.param(5, marks=pytest.mark.slow), pytest.param(120, marks=pytest.mark.long)],
)
def test_nothing_is_sent_while_it_plays(live_page: "Page", server: AppServer, seconds: int) -> None:
    traffic = Traffic()
    traffic.follow(live_page)
    live_page.add_init_script(_OTHER_WAYS)
    live_page.reload()
    wait_until_drawn(live_page)
    traffic.clear()
    live_page.get_by_role("button", name="Start camera").click()
    live_page.wait_for_function("watched.readings.length >= 10")
    assert {urlsplit(each.url).netloc for each in traffic.requests} == {
        urlsplit(server.url).netloc
    }, "With a copy on this server no other is asked."
    assert all(each.method == "GET" and each.post_data is None for each in traffic.requests)
    assert traffic.sent == []

    traffic.clear()
    before = live_page.evaluate("watched.readings.length")
    live_page.wait_for_timeout(1000 * seconds)
    assert live_page.evaluate("watched.readings.length") > before + 2 * seconds, "It stopped."
    assert [each.url for each in traffic.requests] == []
    assert (traffic.sent, traffic.received) == ([], []), "The server is spoken to."
    assert live_page.evaluate("window.otherWays") == []

    live_page.get_by_role("button", name="Take snapshot").click()
    live_page.get_by_role("button", name="Open in Upload").click()
    live_page.wait_for_url("**/upload?model=*")
    assert max(map(len, traffic.sent)) > 10_000, "What is sent would be seen here."
