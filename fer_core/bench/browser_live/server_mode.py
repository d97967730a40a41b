"""Live video read on the server, by WebRTC, played once as a visitor would."""

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from fer_core.bench.browser import open_profile, wait_until_drawn
from fer_core.bench.browser_live.play import PATIENCE, Played, processor_seconds, reason
from fer_core.bench.film import camera_arguments
from fer_core.errors import FerError

if TYPE_CHECKING:
    from playwright.sync_api import Page

VIDEO = 'iframe[title*="webrtc_streamer"]'
_WARM_UP = 3.0
_LOOK = 100  # milliseconds between two looks at the page


def play_on_server(
    name: str, url: str, *, film: Path, folder: Path, seconds: float, server: int
) -> Played:
    """As `play`, of the Live page's server mode: its frames are those that the page says the
    server has read, so its first is known to half a second. Bytes of the video are not counted.
    """
    from playwright.sync_api import Error

    try:
        with open_profile(folder, camera_arguments(film)) as browser:
            page = browser.new_page()
            page.set_default_timeout(PATIENCE)
            page.goto(url)
            wait_until_drawn(page)
            first = _start(page)
            page.wait_for_timeout(1000 * _WARM_UP)
            began, before = time.perf_counter(), shown_frames(page)[0]
            busy = processor_seconds(server)
            page.wait_for_timeout(1000 * seconds)
            frames, found = shown_frames(page)
            elapsed = time.perf_counter() - began
            share = (processor_seconds(server) - busy) / elapsed
            page.frame_locator(VIDEO).get_by_role("button", name="Stop camera").click()
            page.get_by_text("Camera off").wait_for()
    except (Error, FerError) as exc:
        return Played(name, missing=reason(exc))
    return Played(name, fps=(frames - before) / elapsed, found=found, first=first, server=share)


def shown_frames(page: "Page") -> tuple[int, float]:
    """Frames that the page says the server has read, and the share with a face; zeros where it
    says nothing of frames.
    """
    text = page.locator('[data-testid="stMain"]').inner_text()
    found = re.search(r"([\d,]+) frames read.*?a face in ([\d.]+) %", text)
    return (int(found[1].replace(",", "")), float(found[2]) / 100) if found else (0, 0.0)


def _start(page: "Page") -> float:
    """Seconds from the click to the first frame that is told; raises `FerError` where none is."""
    page.frame_locator(VIDEO).get_by_role("button", name="Start camera").click()
    began = time.perf_counter()
    while not shown_frames(page)[0]:
        if page.get_by_text("No picture came").count() or time.perf_counter() > began + 60:
            raise FerError("no video came: the browser and the server did not connect")
        page.wait_for_timeout(_LOOK)
    return time.perf_counter() - began
