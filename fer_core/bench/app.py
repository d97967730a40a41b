"""How quick the dashboard is and how much memory it takes, measured in a browser.

    python -m fer_core bench app

Every figure is taken on this machine, with whatever else it is doing.
"""

import re
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table

from fer_core.bench.browser import NAV_LINK, open_browser, page_addresses, wait_until_drawn
from fer_core.bench.server import AppServer
from fer_core.images import png
from fer_core.runs.store import list_runs
from fer_core.terminal import console, table

if TYPE_CHECKING:
    from playwright.sync_api import Page
FIRST_PAGE_SECONDS = 3.0
SWITCH_SECONDS = 0.7
MEMORY_MB = 450.0

_ROUNDS = 5
_READING_SECONDS = 90.0


@dataclass(frozen=True)
class Measurement:
    """One figure beside what it must stay under, both in `unit`."""

    name: str
    value: float
    target: float | None
    unit: str

    @property
    def passed(self) -> bool:
        return self.target is None or self.value <= self.target


def run_app_benchmark() -> None:
    """Measures and prints a table; raises `FerError` without a browser or a server."""
    with console.status("Opening the dashboard in a browser"):
        measurements = measure()
    console.print(table_of(measurements))
    console.print(f"Page switches are medians of {_ROUNDS} rounds, from click to drawn.")


def table_of(measurements: list[Measurement]) -> Table:
    """The measurements as a rich table."""
    shown = table("Dashboard", "What", "Measured", "Target", "", left=("What", ""))
    for item in measurements:
        digits = 0 if item.unit == "MB" else 2
        target = "" if item.target is None else f"{item.target:g} {item.unit}"
        verdict = "" if item.target is None else "met" if item.passed else "missed"
        shown.add_row(item.name, f"{item.value:.{digits}f} {item.unit}", target, verdict)
    return shown


def measure(rounds: int = _ROUNDS) -> list[Measurement]:
    """Starts a server and a browser and takes every figure; each page is switched to `rounds`
    times, its first visit not counted.
    """
    with AppServer() as server, open_browser() as browser:
        up = server.wait_until_up()
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        began = time.perf_counter()
        page.goto(server.url, wait_until="commit")
        page.wait_for_selector('[data-testid="stMain"] h1')
        visible = time.perf_counter() - began
        wait_until_drawn(page)
        results = [
            Measurement("Server up after its start", up, None, "s"),
            Measurement("First page visible once it is up", visible, FIRST_PAGE_SECONDS, "s"),
            Measurement("Memory with the first page", server.memory_mb(), None, "MB"),
            *_measure_switches(page, rounds),
        ]
        what = "Memory (no model to load)"
        # The files decide: what a page shows while it is being drawn proves nothing.
        if any(run.onnx_path.exists() for run in list_runs()):
            what = "Memory after an upload, model loaded"
            upload_a_face(page, server.url)
        return [*results, Measurement(what, server.memory_mb(), MEMORY_MB, "MB")]


def _measure_switches(page: "Page", rounds: int) -> list[Measurement]:
    """Median seconds from a click in the side bar to the page drawn, a page each."""
    names = list(page_addresses(page))
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds + 1):
        for name in [*names[1:], names[0]]:
            before = page.inner_text('[data-testid="stMain"] h1')
            began = time.perf_counter()
            page.locator(NAV_LINK, has_text=re.compile(f"{name}$")).click()
            page.wait_for_function(
                "before => document.querySelector('[data-testid=stMain] h1')?.innerText !== before",
                arg=before,
                polling=10,
            )
            wait_until_drawn(page)
            seconds[name].append(time.perf_counter() - began)
    return [
        Measurement(f"Switch to {name}", statistics.median(times[1:]), SWITCH_SECONDS, "s")
        for name, times in seconds.items()
    ]


def upload_a_face(page: "Page", url: str) -> None:
    """Uploads a photograph and waits for its reading; the dashboard needs a model for it."""
    from skimage import data

    patience = 1000 * _READING_SECONDS
    page.goto(f"{url}/upload", timeout=patience)
    uploader = page.locator('input[type="file"]').first
    uploader.wait_for(state="attached", timeout=patience)
    wait_until_drawn(page)
    photograph = png(data.astronaut())
    uploader.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": photograph})
    page.wait_for_selector('[data-testid="stHtml"] table.fer-bars', timeout=patience)
    wait_until_drawn(page)
