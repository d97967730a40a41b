"""Which servers help a browser and this machine to find a way to each other (ICE).

Looked for in this order; the first that works is used:

| source | settings |
|---|---|
| Cloudflare | `CLOUDFLARE_TURN_KEY_ID`, `CLOUDFLARE_TURN_KEY_API_TOKEN` |
| Twilio | `TWILIO_ACCOUNT_SID`, `TWILIO_AUTH_TOKEN` |
| own list | `FER_ICE_SERVERS` |
| Hugging Face | `HF_TOKEN` |
| public STUN | nothing; used where its name resolves |

The own list is addresses with commas between, a JSON list of objects with `urls`,
`username` and `credential`, or `none`.

STUN tells both sides their public address, which is enough in most home networks. TURN
relays the video and is what gets through where a firewall or a cloud platform lets no
direct connection pass (RFC 8445, RFC 8656). Credentials are neither logged nor part of
any message; the browser receives the short-lived ones that a provider made, or those of
the own list, because it is the one that connects.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from fer_core.errors import FerError
from fer_core.reporting.responsible import PUBLIC_STUN
from pages.parts.live import ice_providers
from pages.parts.live.ice_providers import Server, server_entries

STATIC_VARIABLE = "FER_ICE_SERVERS"
SETTINGS = (
    *ice_providers.CLOUDFLARE_SETTINGS,
    *ice_providers.TWILIO_SETTINGS,
    STATIC_VARIABLE,
    *ice_providers.HUGGING_FACE_SETTINGS,
)
"""Names of all settings, each a secret or an environment variable."""
LIFETIME = 1800.0
"""Seconds for which found servers are used; providers are asked for twice as long."""
RETRY = 60.0
"""Seconds after which a source that failed is asked again."""
_RESOLVE_SECONDS = 2.0


class IceSource(StrEnum):
    """Where servers come from; the value is its name on pages."""

    CLOUDFLARE = "Cloudflare TURN"
    TWILIO = "Twilio"
    STATIC = "own list"
    HUGGING_FACE = "Hugging Face"
    PUBLIC_STUN = "public STUN"
    NONE = "none"


@dataclass(frozen=True)
class Finding:
    """What became of one source: its name and a sentence in plain words."""

    source: IceSource
    text: str


@dataclass(frozen=True)
class IceConfiguration:
    """Servers to hand to the browser and to this side.

    Attributes:
        servers: as WebRTC takes them; never shown, for they may hold credentials.
        source: where they come from.
        findings: what became of each source that was looked at.
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
            return (
                "A relay (TURN) is set up, so a connection is possible from nearly every network."
            )
        if self.source is IceSource.NONE:
            return (
                "No helper server is used. That is right where browser and server are the same "
                "machine or in one network; from elsewhere no connection will come."
            )
        return (
            "Only STUN is used. It is enough on this machine, in one network and from most homes; "
            "company networks, many mobile ones and Streamlit Community Cloud need a relay (TURN)."
        )


class IceFinder:
    """Finds servers and keeps them while their credentials last. Threads may share it.

    Args:
        clock: gives seconds that never run backwards.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[tuple[str, ...], tuple[float, IceConfiguration]] = {}

    def find(self, settings: Mapping[str, str]) -> IceConfiguration:
        """The servers for these settings; asks a provider at most once in a while.

        Args:
            settings: values by the names in `SETTINGS`; those that are missing are not set.
        """
        key = tuple(settings.get(name, "") for name in SETTINGS)
        with self._lock:
            now = self._clock()
            until, known = self._known.get(key, (now, None))
            if known is not None and now < until:
                return known
            found = find_ice_servers(settings)
            failed = any(finding.text.startswith("failed") for finding in found.findings)
            self._known = {key: (self._clock() + (RETRY if failed else LIFETIME), found)}
            return found


def find_ice_servers(settings: Mapping[str, str]) -> IceConfiguration:
    """Looks through every source until one gives servers; never raises for a source.

    Args:
        settings: values by the names in `SETTINGS`; those that are missing are not set.
    """
    values = {name: settings.get(name, "").strip() for name in SETTINGS}
    findings: list[Finding] = []
    for source, names, fetch in (
        (IceSource.CLOUDFLARE, ice_providers.CLOUDFLARE_SETTINGS, ice_providers.cloudflare),
        (IceSource.TWILIO, ice_providers.TWILIO_SETTINGS, ice_providers.twilio),
        (IceSource.STATIC, (STATIC_VARIABLE,), _own_list),
        (IceSource.HUGGING_FACE, ice_providers.HUGGING_FACE_SETTINGS, ice_providers.hugging_face),
    ):
        missing = [name for name in names if not values[name]]
        if len(missing) == len(names):
            findings.append(Finding(source, "not set"))
        elif missing:
            findings.append(Finding(source, f"incomplete: {' and '.join(missing)} is missing"))
        elif names == (STATIC_VARIABLE,) and values[STATIC_VARIABLE].lower() == "none":
            findings.append(Finding(source, "says that none shall be used"))
            return IceConfiguration((), IceSource.NONE, tuple(findings))
        else:
            try:
                servers = fetch(*(values[name] for name in names))
            except FerError as exc:
                findings.append(Finding(source, f"failed: {exc}"))
                continue
            findings.append(Finding(source, "used"))
            return IceConfiguration(tuple(servers), source, tuple(findings))
    return _public(findings)


def _public(findings: list[Finding]) -> IceConfiguration:
    if _resolves(PUBLIC_STUN):
        findings.append(Finding(IceSource.PUBLIC_STUN, "used"))
        server: Server = {"urls": [PUBLIC_STUN]}
        return IceConfiguration((server,), IceSource.PUBLIC_STUN, tuple(findings))
    findings.append(
        Finding(IceSource.PUBLIC_STUN, "left out: this machine has no way to the internet")
    )
    return IceConfiguration((), IceSource.NONE, tuple(findings))


def _own_list(text: str) -> list[Server]:
    """Servers from `FER_ICE_SERVERS`.

    Raises:
        FerError: the text is neither addresses nor a JSON list, or names no server.
    """
    entries: Any
    if text.startswith(("[", "{")):
        try:
            entries = json.loads(text)
        except json.JSONDecodeError:
            # The cause would quote the text, and with it a password.
            raise FerError(
                f"{STATIC_VARIABLE} is not valid JSON. Give addresses with commas between, or a "
                "JSON list as text."
            ) from None
        if isinstance(entries, dict):
            entries = [entries]
    else:
        entries = [{"urls": [url.strip() for url in text.split(",") if url.strip()]}]
    return server_entries(entries, STATIC_VARIABLE)


def _resolves(url: str) -> bool:
    """Whether the server's name has an address; waits at most two seconds."""
    _, host, port = url.split(":")
    found: list[bool] = []

    def look_up() -> None:
        try:
            socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)
            found.append(True)
        except OSError:
            found.append(False)

    thread = threading.Thread(target=look_up, name="resolve-stun", daemon=True)
    thread.start()
    thread.join(_RESOLVE_SECONDS)
    return bool(found and found[0])
