"""How quick the dashboard is and how much memory it takes, measured in a browser.

    python -m fer_core bench app

Every figure is taken on this machine, with whatever else it is doing.
"""

import os
import re
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psutil
from rich.table import Table

from fer_core.bench.browser import (
    LAYOUT_SHIFTS,
    NAV_LINK,
    layout_shift,
    open_browser,
    page_addresses,
    wait_until_charts_drawn,
    wait_until_drawn,
)
from fer_core.bench.server import APP, AppServer
from fer_core.data import fer2013
from fer_core.images import png
from fer_core.runs.store import list_runs
from fer_core.terminal import console, table

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WORDS_SECONDS = 0.7
"""After the words of an empty Streamlit page, measured in turn with it."""
CHARTS_SECONDS = 1.0
"""After the chart of a page that has but one."""
SWITCH_SECONDS = 0.7
OPENING_SECONDS = 1.5
LAYOUT_SHIFT = 0.1
MEMORY_MB = 450.0

_ROUNDS = 5
_FIRST_ROUNDS = 3
_EMPTY = "import streamlit as st\nst.title('Empty')\n"
_ONE_CHART = (
    "import plotly.graph_objects as go\nimport streamlit as st\nst.title('One chart')\n"
    "st.plotly_chart(go.Figure(go.Bar(x=['a', 'b'], y=[1, 2])))\n"
)
_DATA_TABS = ("Samples", "Audit", "Label quality")
_READING_SECONDS = 90.0


@dataclass(frozen=True)
class Measurement:
    """One figure beside what it must stay under, both in `unit`, if they have one."""

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
    load = psutil.getloadavg()[0]
    console.print(
        f"First pages are medians of {_FIRST_ROUNDS} fresh servers each, page switches of "
        f"{_ROUNDS} rounds, from click to the last chart. Load of the machine now: {load:.1f} on "
        f"{os.cpu_count()} cores."
    )


def table_of(measurements: list[Measurement]) -> Table:
    """The measurements as a rich table."""
    shown = table("Dashboard", "What", "Measured", "Target", "", left=("What", ""))
    for item in measurements:
        digits = 0 if item.unit == "MB" else 2
        target = "" if item.target is None else f"{item.target:g} {item.unit}"
        verdict = "" if item.target is None else "met" if item.passed else "missed"
        shown.add_row(
            item.name, f"{item.value:.{digits}f} {item.unit}".strip(), target.strip(), verdict
        )
    return shown


def measure(rounds: int = _ROUNDS) -> list[Measurement]:
    """Starts servers and a browser and takes every figure; each page is switched to `rounds`
    times, its first visit not counted.
    """
    with open_browser() as browser:
        results = _measure_first_pages(browser)
        with AppServer() as server:
            up = server.wait_until_up()
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.add_init_script(LAYOUT_SHIFTS)
            page.goto(server.url)
            wait_until_charts_drawn(page)
            results += [
                Measurement("Server up after its start", up, None, "s"),
                Measurement("Memory with the first page", server.memory_mb(), None, "MB"),
                *_measure_switches(page, rounds),
                *_measure_shifts(page),
            ]
            what = "Memory (no model to load)"
            # The files decide: what a page shows while it is being drawn proves nothing.
            if any(run.onnx_path.exists() for run in list_runs()):
                what = "Memory after an upload, model loaded"
                upload_a_face(page, server.url)
            results.append(Measurement(what, server.memory_mb(), MEMORY_MB, "MB"))
            return [*results, *_measure_openings(page, server.url)]


def _measure_first_pages(browser: "Browser") -> list[Measurement]:
    """Words and charts of Overview, each from a fresh server, beside pages of Streamlit's own."""
    words: dict[str, list[float]] = {"empty": [], "chart": [], "ours": []}
    charts: dict[str, list[float]] = {"empty": [], "chart": [], "ours": []}
    with TemporaryDirectory() as folder:
        scripts = {name: Path(folder) / f"{name}.py" for name in ("empty", "chart")}
        scripts["empty"].write_text(_EMPTY, encoding="utf-8")
        scripts["chart"].write_text(_ONE_CHART, encoding="utf-8")
        for _ in range(_FIRST_ROUNDS):
            for name in words:
                with AppServer(script=scripts.get(name, APP)) as server:
                    server.wait_until_up()
                    said, drawn = _first_page(browser, server.url)
                words[name].append(said)
                charts[name].append(drawn)
    empty, own = statistics.median(words["empty"]), statistics.median(words["ours"])
    one, ours = statistics.median(charts["chart"]), statistics.median(charts["ours"])
    return [
        Measurement("Words of an empty Streamlit page", empty, None, "s"),
        Measurement("Words of Overview", own, None, "s"),
        Measurement("Words of Overview after those", own - empty, WORDS_SECONDS, "s"),
        Measurement("Chart of a page with one", one, None, "s"),
        Measurement("All charts of Overview", ours, None, "s"),
        Measurement("All charts of Overview after that", ours - one, CHARTS_SECONDS, "s"),
    ]


def _first_page(browser: "Browser", url: str) -> tuple[float, float]:
    """Seconds until the first visitor reads the page's heading, and until all charts are drawn."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector('[data-testid="stMain"] h1')
    said = time.perf_counter() - began
    wait_until_charts_drawn(page)
    drawn = time.perf_counter() - began
    page.context.close()
    return said, drawn


def _measure_shifts(page: "Page") -> list[Measurement]:
    """How much moves as each page is opened by its address."""
    found = []
    for name, address in page_addresses(page).items():
        page.goto(address)
        wait_until_charts_drawn(page)
        found.append(Measurement(f"Layout shift of {name}", layout_shift(page), LAYOUT_SHIFT, ""))
    return found


def _measure_openings(page: "Page", url: str) -> list[Measurement]:
    """Seconds from the click on a tab of the Dataset page, never opened on this server, to its
    last picture; nothing where the data set is not on this machine.
    """
    if not fer2013.is_available():
        return []
    page.goto(f"{url}/dataset")
    wait_until_charts_drawn(page)
    found = []
    for name in _DATA_TABS:
        began = time.perf_counter()
        page.get_by_role("tab", name=name).click()
        page.wait_for_timeout(100)  # until the script has begun
        wait_until_charts_drawn(page)
        seconds = time.perf_counter() - began
        found.append(Measurement(f"First opening of {name}", seconds, OPENING_SECONDS, "s"))
    return found


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
            wait_until_charts_drawn(page)
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
