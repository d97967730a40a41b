"""Plays the Live page with a fake camera and prints what happened, as one line of JSON.

    unshare -n sh -c 'SETUP; exec python -m tests.e2e.live_rounds FOLDER ROUNDS'

With no rounds the browser is kept from connecting, and what the page says then is printed.

Chromium, the dashboard and its WebRTC side run together in one network namespace that has
no way out; SETUP is `NETWORK`, which makes an interface for them to meet on.
"""

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from fer_core.bench.browser import open_browser, wait_until_drawn
from fer_core.bench.browser_live.server_mode import VIDEO, shown_frames
from fer_core.bench.film import camera_arguments, write_film
from fer_core.classes import CLASS_NAMES
from fer_core.errors import FerError
from fer_core.inference.live import memory
from tests.e2e.app import EXCEPTION, AppServer
from tests.e2e.conftest import environment

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FrameLocator, Page

NETWORK = (
    "ip link set lo up && ip link add cam0 type veth peer name cam1 && "
    "ip addr add 10.99.0.1/24 dev cam0 && ip link set cam0 up && ip link set cam1 up"
)
FRAMES = 30
"""Frames that a round waits for."""
_NO_WAY = """
window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(settings) { super({...settings, iceTransportPolicy: 'relay'}); }
};"""
"""Makes a browser use relays only, of which there are none."""

_MARKS = """video => {
    const canvas = document.createElement('canvas');
    if (!video.videoWidth) return {width: 0, count: 0, x: 0};
    canvas.width = video.videoWidth; canvas.height = video.videoHeight;
    const context = canvas.getContext('2d');
    context.drawImage(video, 0, 0);
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
    let count = 0, sum = 0;
    for (let i = 0; i < pixels.length; i += 4) {
        const high = Math.max(pixels[i], pixels[i + 1], pixels[i + 2]);
        const low = Math.min(pixels[i], pixels[i + 1], pixels[i + 2]);
        if (high - low > 60) { count += 1; sum += (i / 4) % canvas.width; }
    }
    return {width: canvas.width, count, x: count ? sum / count / canvas.width : 0};
}"""
"""Coloured pixels of the video as it came back; the camera's picture is gray."""


@dataclass(frozen=True)
class Round:
    """What was seen between one start and one stop.

    Attributes:
        first_picture: seconds from the click to the first counted frame.
        frames: frames that the server counted.
        with_face: share of them in which it found a face, 0-1.
        marks: coloured pixels in the returned video.
        marks_x: their mean place, 0 left to 1 right.
        bars: names of the bars that the page shows, in its order.
        threads: of the server, after the stop.
        memory_playing: of the server in MB, with the video on.
        memory_stopped: likewise, after the stop.
    """

    first_picture: float
    frames: int
    with_face: float
    marks: int
    marks_x: float
    bars: tuple[str, ...]
    threads: int
    memory_playing: float
    memory_stopped: float


def play(folder: Path, rounds: int) -> list[Round]:
    """Starts and stops the camera `rounds` times on one page."""
    film = write_film(folder / "camera.y4m", fps=15, gray=True)
    # Nothing answers in this namespace, so nothing is asked for.
    chosen = environment(folder) | {"FER_ICE_SERVERS": "none"}
    with AppServer(chosen, log=folder / "server.log") as server:
        server.wait_until_up()
        with open_browser(camera_arguments(film)) as browser:
            page = _open(browser, server)
            done = [_round(page, server) for _ in range(rounds)]
            if page.locator(EXCEPTION).count():
                raise FerError("The Live page shows an exception.")
            return done


def play_without_a_way(folder: Path) -> dict[str, object]:
    """Starts the camera in a browser that may open no direct connection.

    Returns:
        `seconds` until the page says so, `text` of what it says, and `cameras`: fields for
        a single picture.
    """
    film = write_film(folder / "camera.y4m", fps=15, gray=True)
    chosen = environment(folder) | {"FER_ICE_SERVERS": "none"}
    with AppServer(chosen, log=folder / "server.log") as server:
        server.wait_until_up()
        with open_browser(camera_arguments(film)) as browser:
            page = _open(browser, server, script=_NO_WAY)
            inside = page.frame_locator(VIDEO)
            inside.get_by_role("button", name="Start camera").click()
            began = time.perf_counter()
            page.get_by_text("No picture came").wait_for()
            seconds = time.perf_counter() - began
            text = page.locator('[data-testid="stAlert"]').first.inner_text()
            camera = page.locator('[data-testid="stCameraInput"]')
            camera.first.wait_for()
            if (button := inside.get_by_role("button", name="Stop camera")).count():
                button.click()
            page.get_by_text("Camera off").wait_for()
            return {"seconds": seconds, "text": text, "cameras": camera.count()}


def _open(browser: "Browser", server: AppServer, script: str = "") -> "Page":
    """The Live page, ready to start; it waits long, for the machine may have other work."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.add_init_script(script)
    page.set_default_timeout(90_000)
    page.goto(f"{server.url}/live?mode=server")
    wait_until_drawn(page, timeout=120)
    return page


def _round(page: "Page", server: AppServer) -> Round:
    inside = page.frame_locator(VIDEO)
    before = shown_frames(page)[0]
    inside.get_by_role("button", name="Start camera").click()
    began = time.perf_counter()
    # The frames of the round before stay on the page until this one's are counted.
    while before and shown_frames(page)[0] >= before:
        if time.perf_counter() > began + 60:
            raise FerError("The frames are not counted anew within 60 s.")
        page.wait_for_timeout(100)
    _frames(page, at_least=1)
    first = time.perf_counter() - began
    frames, with_face = _frames(page, at_least=FRAMES)
    marks = _marks(inside)
    bars = _bars(page)
    playing = server.memory_mb()
    inside.get_by_role("button", name="Stop camera").click()
    page.get_by_text("Camera off").wait_for()
    inside.get_by_role("button", name="Start camera").wait_for()
    time.sleep(2 * memory.DELAY)  # threads end, and memory is given back, a moment later
    return Round(
        first,
        frames,
        with_face,
        int(marks["count"]),
        float(marks["x"]),
        bars,
        psutil.Process(server.pid).num_threads(),
        playing,
        server.memory_mb(),
    )


def _frames(page: "Page", at_least: int, timeout: float = 60.0) -> tuple[int, float]:
    """Frames that the page says the server read, and the share with a face."""
    until = time.perf_counter() + timeout
    count = 0
    while time.perf_counter() < until:
        count, share = shown_frames(page)
        if count >= at_least:
            return count, share
        page.wait_for_timeout(200)
    raise FerError(f"Only {count} frames within {timeout:.0f} s, not {at_least}.")


def _bars(page: "Page") -> tuple[str, ...]:
    """Names of the bars; looks again where a look falls between two drawings of them."""
    found: list[str] = []
    for _ in range(50):
        found = page.locator("table.fer-bars th").all_inner_texts()
        if len(found) == len(CLASS_NAMES):
            break
        page.wait_for_timeout(200)
    return tuple(found)


def _marks(inside: "FrameLocator") -> dict[str, float]:
    """Coloured pixels of the video that came back; waits for the first."""
    video = inside.locator("video")
    marks: dict[str, float] = {"count": 0, "x": 0}
    for _ in range(50):
        marks = video.evaluate(_MARKS)
        if marks["count"] > 0:
            break
        time.sleep(0.2)
    return marks


if __name__ == "__main__":
    target = Path(sys.argv[1])
    os.environ["FER_LIVE_SESSIONS"] = "1"
    count = int(sys.argv[2])
    seen = [asdict(item) for item in play(target, count)] if count else play_without_a_way(target)
    print(json.dumps(seen))
