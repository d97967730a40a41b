"""How quickly the Live page reads video in a browser, beside its server mode and other libraries.

    python -m fer_core bench live --browser
    python -m fer_core bench live --visitors 20

Chromium's camera plays a film, 640x480, in which a face moves about, at 30 pictures a second and,
as a page that is quick could read more of them, at 60. A frame counts once, however often it is
read. Everything runs on this machine, one after another.
"""

import os
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psutil
from rich.table import Table

from fer_core import formats
from fer_core.bench.browser import wait_until_drawn
from fer_core.bench.browser_live.peers import PEERS, PeersError, fetch_peers, serve_peers
from fer_core.bench.browser_live.play import QUICK_FPS, Played, play
from fer_core.bench.browser_live.server_mode import play_on_server
from fer_core.bench.browser_live.visitors import visit
from fer_core.bench.film import FPS, HEIGHT, WIDTH, write_film
from fer_core.bench.server import AppServer
from fer_core.terminal import console, table

if TYPE_CHECKING:
    from playwright.sync_api import Page

TARGETS = {"tiny": 25.0, "compact-int8": 20.0}
"""Frames a second of each network, on two idle cores without a GPU."""
TIMES_A_PEER = 2.0
"""As many frames of the quick camera a second as another library reads."""
FIRST_SECONDS = 3.0
"""Until the first drawn frame, once the runtime is cached."""
VISITORS_SHARE = 0.02
"""Of one core, for twenty visitors."""
_NETWORK = "compact-int8"
_STAGES = ("detect", "frame", "classify", "total")


def run_browser_benchmark(seconds: float = 20.0) -> None:
    """Measures every page and prints a table; raises `FerError` without a browser or a server."""
    with console.status("Playing live video in a browser"):
        played = measure(seconds)
    console.print(table_of(played))
    console.print(times_of(played))
    for line in (*remarks_of(played), *verdicts_of(played)):
        console.print(line)
    console.print(
        f"Camera {WIDTH}x{HEIGHT}; {seconds:g} s each. Frames/s: different frames that were read, "
        f"of a camera of {FPS} a second and of {QUICK_FPS}. Face: of these, with one. First: from "
        "the click until a frame is drawn with what was read of it, nothing cached; Cached: on "
        "the next visit. Server: its share of a core. Milliseconds are medians, from handing a "
        "frame over until its faces are there. Libraries from npm run TensorFlow.js on WASM, face "
        f"and emotion alone. {_load()}"
    )


def run_visitors_benchmark(visitors: int, seconds: float = 20.0) -> None:
    """Measures what the server takes while so many visitors play, and prints it."""
    with console.status(f"{visitors} visitors play"), _Stage() as stage:
        seen = visit(
            f"{stage.server.url}/live?model=tiny",
            start,
            visitors=visitors,
            film=stage.film,
            folder=stage.folder / "visitors",
            seconds=seconds,
            server=stage.server.pid,
        )
    shown = table(f"{visitors} visitors at the Live page", "What", "Measured", "Target")
    target = f"under {formats.percent(VISITORS_SHARE)}"
    shown.add_row("Server's share of a core", formats.percent(seen.share), target)
    shown.add_row("Pages that read frames", f"{seen.playing} of {visitors}")
    console.print(shown)
    console.print(f"{seconds:g} s. {_load()}")


def start(page: "Page") -> None:
    """Starts the camera once the Live page can."""
    wait_until_drawn(page)
    page.get_by_role("button", name="Start camera").click()


def measure(seconds: float, *, networks: tuple[str, ...] = tuple(TARGETS)) -> list[Played]:
    """Plays the Live page with each network, its server mode, and every peer that can be had."""
    with _Stage() as stage:
        live = f"{stage.server.url}/live"
        film, server = stage.film, stage.server.pid
        played = [
            play(
                _in_browser(network),
                f"{live}?model={network}",
                start,
                film=film,
                folder=stage.folder / network,
                seconds=seconds,
                server=server,
            )
            for network in networks
        ]
        played.append(
            play_on_server(
                f"On the server, {_NETWORK}",
                f"{live}?mode=server&model={_NETWORK}",
                film=film,
                folder=stage.folder / "server",
                seconds=seconds,
                server=server,
            )
        )
        try:
            peers = stage.enter_context(serve_peers(fetch_peers()))
        except PeersError as exc:
            return [*played, *(Played(name, missing=str(exc)) for name in PEERS.values())]
        for module, name in PEERS.items():
            address, folder = f"{peers}?{module}", stage.folder / module
            played.append(
                play(name, address, _start_peer, film=film, folder=folder, seconds=seconds)
            )
        return played


def table_of(played: list[Played]) -> Table:
    """What was measured, one row a page."""
    headings = (
        "Read by",
        f"Of {FPS}",
        f"Of {QUICK_FPS}",
        "Face",
        "First",
        "Cached",
        "Loaded",
        "Server",
    )
    shown = table("Live video in Chromium, frames a second", *headings)
    for each in played:
        shown.add_row(each.name, *(["not measured"] if each.missing else _cells(each)))
    return shown


def times_of(played: list[Played]) -> Table:
    """Where a frame's time goes, of those that say it."""
    shown = table("Milliseconds a frame", "Read by", *_STAGES)
    for each in played:
        if each.milliseconds:
            times = (each.milliseconds.get(stage) for stage in _STAGES)
            shown.add_row(each.name, *("" if time is None else f"{time:.1f}" for time in times))
    return shown


def remarks_of(played: list[Played]) -> list[str]:
    """A line for each page that was not measured, or went on with another network."""
    lines = [f"{each.name}: {each.missing.rstrip('.')}." for each in played if each.missing]
    return lines + [
        f"{each.name}: too slow here, so the page went on with a lighter network, whose figures "
        "these are."
        for each in played
        if each.changed
    ]


def verdicts_of(played: list[Played]) -> list[str]:
    """A line for each target: met or missed, or nothing where the page was not measured. Pages are
    compared by the frames that they read of the quick camera.
    """
    lines = []
    for network, own in _own(played).items():
        fps = 0.0 if own.changed else own.fps
        target = TARGETS[network]
        lines.append(_verdict(f"{network}: {target:g} frames a second", fps >= target))
        what = f"{network}: first frame within {FIRST_SECONDS:g} s, cached"
        lines.append(_verdict(what, own.first_cached <= FIRST_SECONDS))
    for network, own, peer in _pairs(played):
        times = own.most / peer.most
        by_time = peer.milliseconds["total"] / own.milliseconds["total"]
        line = _verdict(
            f"{network}: {TIMES_A_PEER:g} times {peer.name}",
            times >= TIMES_A_PEER and not own.changed,
        )
        lines.append(f"{line}, {times:.2f} times the frames a second ({by_time:.2f} by their time)")
    return lines


def _own(played: list[Played]) -> dict[str, Played]:
    """What was measured in the browser, by network."""
    measured = {each.name: each for each in played if not each.missing}
    names = {network: _in_browser(network) for network in TARGETS}
    return {network: measured[name] for network, name in names.items() if name in measured}


def _pairs(played: list[Played]) -> list[tuple[str, Played, Played]]:
    """Each network, what was measured of it, and of another library."""
    peers = [each for each in played if each.name in PEERS.values() and each.most]
    return [(network, own, peer) for network, own in _own(played).items() for peer in peers]


class _Stage(ExitStack):
    """A film, a folder and a server of this dashboard that asks for no helper of a connection."""

    def __enter__(self) -> "_Stage":
        super().__enter__()
        self.folder = Path(self.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
        self.film = write_film(self.folder / "camera.y4m", fps=QUICK_FPS)
        self.server = self.enter_context(AppServer({"FER_ICE_SERVERS": "none"}))
        self.server.wait_until_up()
        return self


def _in_browser(network: str) -> str:
    return f"In the browser, {network}"


def _start_peer(page: "Page") -> None:
    page.get_by_role("button", name="Start camera").click()


def _cells(each: Played) -> list[str]:
    return [
        f"{each.fps:.1f}",
        f"{each.most:.1f}" if each.most else "",
        formats.percent(each.found),
        f"{each.first:.1f} s",
        f"{each.first_cached:.1f} s" if each.first_cached else "",
        f"{each.megabytes:.1f} MB" if each.megabytes else "",
        "" if each.server is None else formats.percent(each.server),
    ]


def _verdict(what: str, met: bool) -> str:
    return f"{what}: {'met' if met else 'missed'}"


def _load() -> str:
    load = ", ".join(f"{value:.1f}" for value in psutil.getloadavg())
    return (
        f"{os.cpu_count()} cores, load {load} over the last 1, 5 and 15 minutes: measure on an "
        "idle machine."
    )
