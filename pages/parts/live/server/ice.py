"""Which servers help a browser and this machine to connect to each other (ICE).

Looked for in this order; the first that works is used:

| source | settings |
|---|---|
| Cloudflare | `CLOUDFLARE_TURN_KEY_ID`, `CLOUDFLARE_TURN_KEY_API_TOKEN` |
| Twilio (`pip install twilio`) | `TWILIO_ACCOUNT_SID`, `TWILIO_AUTH_TOKEN` |
| own list | `FER_ICE_SERVERS` |
| Hugging Face | `HF_TOKEN` |
| public STUN | nothing; used where its name resolves |

The own list is addresses separated by commas, a JSON list of objects with `urls`,
`username` and `credential`, or `none`.

STUN tells both sides their public address, which is enough in most home networks. TURN
relays the video, which also works where a firewall or a cloud platform blocks direct
connections (RFC 8445, RFC 8656). Credentials are neither logged nor part of any message;
only the browser receives them, because it is the one that connects.
"""

import inspect
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any, NamedTuple
from urllib.error import HTTPError

from fer_core.errors import FerError
from fer_core.reporting.responsible import PUBLIC_STUN
from pages.parts.shared.answer import Answer

OWN_LIST = "FER_ICE_SERVERS"
TIMEOUT = 12.0
"""Seconds that one provider may take."""
PATIENCE = 5.0
"""Seconds that a page waits for providers before it shows what is known without them."""
REFRESH, RETRY, EXPIRES = 1800.0, 60.0, 3300.0
"""Seconds after which servers are asked for again, after a failure, and used no more:
credentials are valid for an hour."""

_USABLE = re.compile(r"(stun|turn)s?:[^:?]+")

Server = dict[str, Any]
"""An entry of `iceServers`: `urls` (list of str) and, for TURN, `username`, `credential`."""


class IceSource(StrEnum):
    """Where servers come from; the value is its name on pages."""

    CLOUDFLARE = "Cloudflare TURN"
    TWILIO = "Twilio"
    STATIC = "own list"
    HUGGING_FACE = "Hugging Face"
    PUBLIC_STUN = "public STUN"
    NONE = "none"


_SOURCES = {
    IceSource.CLOUDFLARE: ("CLOUDFLARE_TURN_KEY_ID", "CLOUDFLARE_TURN_KEY_API_TOKEN"),
    IceSource.TWILIO: ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
    IceSource.STATIC: (OWN_LIST,),
    IceSource.HUGGING_FACE: ("HF_TOKEN",),
}
_PROVIDERS = {
    IceSource.CLOUDFLARE: "get_cloudflare_ice_servers",
    IceSource.TWILIO: "get_twilio_ice_servers",
    IceSource.HUGGING_FACE: "get_hf_ice_servers",
}
"""Functions of streamlit-webrtc."""
SETTINGS = tuple(name for names in _SOURCES.values() for name in names)
"""Names of all settings, each a secret or an environment variable."""


class Finding(NamedTuple):
    """What became of one source, in plain words."""

    source: IceSource
    text: str


@dataclass(frozen=True)
class IceConfiguration:
    """Servers for the browser and for this side, and what became of each source looked at.

    `servers` is as WebRTC takes them; never shown, for they may hold credentials.
    """

    servers: tuple[Server, ...] = field(repr=False)
    source: IceSource
    findings: tuple[Finding, ...]

    @property
    def has_relay(self) -> bool:
        """Whether a TURN server is among them."""
        return any(
            url.startswith(("turn:", "turns:")) for server in self.servers for url in server["urls"]
        )

    @property
    def meaning(self) -> str:
        """What a visitor may expect, in one or two sentences."""
        if self.has_relay:
            return "A relay (TURN) is set up, so nearly every network can connect."
        if self.source is IceSource.NONE:
            return (
                "No helper server is used. That is right where browser and server are the same "
                "machine or in one network; from elsewhere no connection is possible."
            )
        return (
            "Only STUN is used. It is enough on this machine, in one network and from most homes; "
            "company networks, many mobile ones and Streamlit Community Cloud need a relay (TURN)."
        )


class IceFinder:
    """Asks for servers in the background and keeps them while their credentials last.

    Visitors share it: one asks, the others use what is known, and nobody holds a lock while
    the network is slow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._settings: dict[str, str] = {}
        self._known: IceConfiguration | None = None
        self._since = self._fresh_for = 0.0
        self._asked: Answer[None] | None = None

    def find(self, settings: Mapping[str, str], patience: float = PATIENCE) -> IceConfiguration:
        """The servers for these settings; a provider is asked at most once in a while.

        Args:
            settings: values by the names in `SETTINGS`; those that are missing are not set.
            patience: seconds to wait where nothing is known yet; after it, what needs no
                provider is used.
        """
        wanted = {name: settings.get(name, "").strip() for name in SETTINGS}
        with self._lock:
            if wanted != self._settings:
                self._settings, self._known, self._asked = wanted, None, None
            asked = self._asked
            if (asked is None or not asked.is_pending) and self._age() >= self._fresh_for:
                asked = self._asked = Answer(partial(self._ask, wanted))
        if asked is not None and self._age() >= EXPIRES:
            asked.wait(patience)
        with self._lock:
            if self._known is not None and self._settings == wanted and self._age() < EXPIRES:
                return self._known
        return find_ice_servers(wanted, ask_providers=False)

    def _age(self) -> float:
        return self._clock() - self._since if self._known is not None else float("inf")

    def _ask(self, wanted: dict[str, str]) -> None:
        found = find_ice_servers(wanted)
        with self._lock:
            if self._settings == wanted:
                texts = [finding.text for finding in found.findings]
                # Being offline, or a slow name look-up, passes as well.
                failed = any(text.startswith(("failed", "not used")) for text in texts)
                self._fresh_for = RETRY if failed else REFRESH
                self._known, self._since = found, self._clock()


def find_ice_servers(
    settings: Mapping[str, str], *, ask_providers: bool = True
) -> IceConfiguration:
    """Looks through every source until one gives servers; never raises for a source.

    Args:
        settings: as for `IceFinder.find`.
        ask_providers: whether to ask those that are reached by network.
    """
    findings: list[Finding] = []
    for source, names in _SOURCES.items():
        values = [settings.get(name, "").strip() for name in names]
        missing = [name for name, value in zip(names, values, strict=True) if not value]
        if len(missing) == len(names):
            findings.append(Finding(source, "not set"))
        elif missing:
            findings.append(Finding(source, f"incomplete: {' and '.join(missing)} is missing"))
        elif source is IceSource.STATIC and values[0].lower() == "none":
            findings.append(Finding(source, "says that none is used"))
            return IceConfiguration((), IceSource.NONE, tuple(findings))
        elif source in _PROVIDERS and not ask_providers:
            findings.append(Finding(source, "has not answered yet; reload the page in a moment"))
        else:
            try:
                servers = _fetch(source, values) if source in _PROVIDERS else _own(values[0])
            except FerError as exc:
                findings.append(Finding(source, f"failed: {exc}"))
                continue
            findings.append(Finding(source, "used"))
            return IceConfiguration(tuple(servers), source, tuple(findings))
    if _resolves(PUBLIC_STUN):
        findings.append(Finding(IceSource.PUBLIC_STUN, "used"))
        return IceConfiguration(({"urls": [PUBLIC_STUN]},), IceSource.PUBLIC_STUN, tuple(findings))
    findings.append(Finding(IceSource.PUBLIC_STUN, "not used: this machine is not online"))
    return IceConfiguration((), IceSource.NONE, tuple(findings))


def _fetch(source: IceSource, credentials: list[str]) -> list[Server]:
    """Asks a provider, within `TIMEOUT`."""
    answer = Answer(partial(_ask_provider, source, credentials))
    if not answer.wait(TIMEOUT):
        raise FerError(f"no answer within {TIMEOUT:g} s.")
    if answer.value is None:
        raise FerError(answer.error)
    return checked(answer.value, f"{source.value}'s answer")


def _ask_provider(source: IceSource, credentials: list[str]) -> Any:
    import streamlit_webrtc

    # Without its cache, which keeps credentials for the whole hour for which they are valid.
    ask = inspect.unwrap(getattr(streamlit_webrtc, _PROVIDERS[source]))
    # `from None` throughout: a cause may carry the request, and with it the credential.
    try:
        return ask(*credentials)
    except ImportError:
        raise FerError("its package is not installed. Run `pip install twilio`.") from None
    except Exception as exc:
        status = getattr(exc, "status", None)
        if isinstance(exc.__context__, HTTPError):
            status = exc.__context__.code
            exc.__context__.close()
        if status in (401, 403):
            raise FerError("it refused the credentials. Check them for typing errors.") from None
        raise FerError("it was not reached, or gave no servers.") from None


def _own(text: str) -> list[Server]:
    """Servers of `FER_ICE_SERVERS`."""
    if not text.startswith(("[", "{")):
        return checked([{"urls": [url.strip() for url in text.split(",")]}], OWN_LIST)
    try:
        return checked(json.loads(text), OWN_LIST)
    except json.JSONDecodeError:  # the cause would quote the text, and with it a password
        raise FerError(
            f"{OWN_LIST} is not valid JSON. Give addresses separated by commas, or a JSON list."
        ) from None


def checked(entries: Any, origin: str) -> list[Server]:
    """The usable entries of an `iceServers` list.

    Addresses on port 53 are left out: browsers block it and wait for it all the same.

    Args:
        entries: what should be a list of objects with `urls`.
        origin: for messages.

    Raises:
        FerError: it is no such list, or no usable address is in it.
    """
    entries = [entries] if isinstance(entries, dict) else entries
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise FerError(f"{origin} holds no list of servers.")
    servers: list[Server] = []
    for entry in entries:
        urls = entry.get("urls") or entry.get("url") or []  # Twilio may give `url` alone
        usable = [url for url in ([urls] if isinstance(urls, str) else urls) if _is_usable(url)]
        login = {name: entry.get(name) for name in ("username", "credential")}
        complete = all(isinstance(value, str) for value in login.values())
        if not complete and any(url.startswith("turn") for url in usable):
            raise FerError(f"{origin} has a TURN server without username and credential.")
        if usable:
            servers.append({"urls": usable} | (login if complete else {}))
    if not servers:
        raise FerError(
            f"{origin} names no usable server; addresses look like stun:host:port or "
            "turn:host:port."
        )
    return servers


def _is_usable(url: Any) -> bool:
    if not isinstance(url, str) or _USABLE.match(url) is None:
        return False
    return not url.partition("?")[0].endswith(":53")


def _resolves(url: str) -> bool:
    """Whether the server's name has an address."""
    _, host, port = url.split(":")

    def look_up() -> bool:
        try:
            return bool(socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM))
        except OSError:
            return False

    answer = Answer(look_up)
    answer.wait(2.0)  # seconds
    return bool(answer.value)
