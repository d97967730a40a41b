"""One page of live video, played in Chromium with a fake camera, and what was seen of it."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.bench.browser import open_profile
from fer_core.bench.film import FPS, camera_arguments
from fer_core.errors import FerError

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request

WATCH = Path(__file__).with_name("watch.js").read_text(encoding="utf-8")
QUICK_FPS = 60
"""Of a camera that no page here keeps up with; Chromium's fake one gives no more."""
WARM_UP = 3.0
"""Seconds of video before the figures are taken."""
PATIENCE = 120_000
"""Milliseconds until the first reading; some libraries load for long."""


@dataclass(frozen=True)
class Played:
    """What was measured of one page.

    Attributes:
        name: what the page is called in a table.
        fps: different frames of the camera that were read, a second, of `FPS` that it gives.
        most: the same of a camera that gives `QUICK_FPS`; 0 where that was not measured.
        found: share of the frames with a face, 0-1.
        milliseconds: of each stage, medians; `total` is from handing a frame over to its faces.
        first: seconds from the click to the first frame drawn with its reading, nothing cached.
        first_cached: the same on the second visit.
        megabytes: loaded for it, as they came over the network, without Streamlit's own files.
        server: share of a core that the server took meanwhile, 0-1; None where there is none.
        changed: whether the page went on with a lighter network, being too slow for its own.
        missing: why nothing was measured; the figures mean nothing then.
    """

    name: str
    fps: float = 0.0
    most: float = 0.0
    found: float = 0.0
    milliseconds: dict[str, float] = field(default_factory=dict)
    first: float = 0.0
    first_cached: float = 0.0
    megabytes: float = 0.0
    server: float | None = None
    changed: bool = False
    missing: str = ""


def play(
    name: str,
    url: str,
    start: Callable[["Page"], None],
    *,
    film: Path,
    folder: Path,
    seconds: float,
    server: int | None = None,
) -> Played:
    """Visits a page three times, which reports to `watch.js`: with nothing cached, then for the
    figures, then with a camera of `QUICK_FPS`.

    Args:
        name: what the page is called.
        url: of the page.
        start: waits until the page can be started, and starts it.
        film: what the camera shows, `QUICK_FPS` pictures a second of it where it has as many.
        folder: of the visitor's browser, empty.
        seconds: that are measured.
        server: process id of the page's server, whose share of a core is taken.
    """
    from playwright.sync_api import Error

    try:
        with open_profile(folder, camera_arguments(film)) as browser:
            browser.add_init_script(WATCH)
            requests: list[Request] = []
            browser.on("requestfinished", lambda request: requests.append(request))
            page = _started(browser.new_page(), url, start)
            first = _first(page)
            megabytes = sum(map(_bytes, requests)) / 1e6
            page.close()
            page = _started(browser.new_page(), url, start)
            first_cached = _first(page)
            page.wait_for_timeout(1000 * WARM_UP)
            began = processor_seconds(server) if server else 0.0
            readings = readings_of(page, seconds)
            share = (processor_seconds(server) - began) / seconds if server else None
            changed = page.evaluate("watched.changes") > 0
            page.close()
            page = _started(browser.new_page(), url, start, QUICK_FPS)
            page.wait_for_timeout(1000 * WARM_UP)
            most = _distinct(readings_of(page, seconds)) / seconds
    except (Error, FerError) as exc:
        return Played(name, missing=reason(exc))
    return Played(
        name,
        fps=_distinct(readings) / seconds,
        most=most,
        found=statistics.mean(each["faces"] > 0 for each in readings) if readings else 0.0,
        milliseconds=_medians([each["milliseconds"] for each in readings]),
        first=first,
        first_cached=first_cached,
        megabytes=megabytes,
        server=share,
        changed=changed,
    )


def readings_of(page: "Page", seconds: float) -> list[dict[str, Any]]:
    """What a playing page reads from now on, for so many seconds of its clock."""
    begun = page.evaluate("watched.readings = [], performance.now()")
    page.wait_for_timeout(1000 * seconds)
    readings: list[dict[str, Any]] = page.evaluate("watched.readings")
    # The wait ends late on a busy machine; what came meanwhile does not count.
    return [each for each in readings if each["at"] < begun + 1000 * seconds]


def reason(error: Exception) -> str:
    """Of an error of a browser, its first line."""
    return str(error).splitlines()[0]


def processor_seconds(pid: int) -> float:
    """Processor time of a process and its children so far."""
    import psutil

    process = psutil.Process(pid)
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


def _started(page: "Page", url: str, start: Callable[["Page"], None], rate: int = FPS) -> "Page":
    """The page with its first reading drawn, of a camera of so many frames a second; raises
    `FerError` where none comes.
    """
    from playwright.sync_api import TimeoutError as PlaywrightTimeout

    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.evaluate(f"watched.reset({rate})")
    try:
        start(page)
        page.wait_for_function("watched.drawn || watched.failed")
    except PlaywrightTimeout:
        said = page.get_by_role("alert").all_inner_texts()
        raise FerError(" ".join(filter(None, said)) or "no frame was read") from None
    if failed := page.evaluate("watched.failed"):
        raise FerError(failed)
    return page


def _first(page: "Page") -> float:
    return float(page.evaluate("watched.drawn - watched.clicked")) / 1000


def _bytes(request: "Request") -> int:
    """What came over the network for it, not counting Streamlit's own files."""
    if "/static/js/" in request.url or "/static/css/" in request.url:
        return 0
    return int(request.sizes()["responseBodySize"])


def _distinct(readings: list[dict[str, Any]]) -> int:
    return len({each["frame"] for each in readings})


def _medians(stages: list[dict[str, float]]) -> dict[str, float]:
    names = stages[0] if stages else ()
    return {name: statistics.median(each[name] for each in stages) for name in names}
