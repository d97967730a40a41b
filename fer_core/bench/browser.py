"""Chromium, driven by Playwright: found where the system has it, started the same way everywhere.

Playwright is a test tool (`pip install -r tests/requirements.txt`); it is imported
only when a browser is asked for.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.errors import FerError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, BrowserType, Page

CHROMIUM_VARIABLE = "FER_CHROMIUM"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAV_LINK = '[data-testid="stSidebarNavLink"]'
_CHARTS_DRAWN = """() => [...document.querySelectorAll('.stPlotlyChart')]
  .every(chart => chart.querySelector('.main-svg'))
  && !document.querySelector('[data-testid="stMain"] [data-testid="stSkeleton"]')"""
_IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'


LAYOUT_SHIFTS = """
window.layoutShift = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries())
    if (!entry.hadRecentInput) window.layoutShift += entry.value;
}).observe({type: 'layout-shift', buffered: true});
"""
"""For `Page.add_init_script`, before `layout_shift` is asked."""


class BrowserError(FerError):
    """There is no browser to drive."""


def find_chromium() -> str | None:
    """Path of Chromium or Chrome: `FER_CHROMIUM` if set, else the first one on the PATH."""
    chosen = os.environ.get(CHROMIUM_VARIABLE, "").strip()
    return chosen or next((path for name in _NAMES if (path := shutil.which(name))), None)


@contextmanager
def open_browser(arguments: Sequence[str] = ()) -> "Iterator[Browser]":
    """A headless browser, closed at the end; `arguments` are added to Chromium's command line.
    Without Playwright or Chromium a `BrowserError` says how to get it.
    """
    executable = _executable()
    with _playwright() as chromium:
        browser = chromium.launch(executable_path=executable, args=[*_ARGUMENTS, *arguments])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_profile(folder: Path, arguments: Sequence[str] = ()) -> "Iterator[BrowserContext]":
    """As `open_browser`, with the visitor's own files in `folder`: what is fetched stays cached, as
    a window without a profile keeps no large file.
    """
    executable = _executable()
    with _playwright() as chromium:
        context = chromium.launch_persistent_context(
            folder,
            executable_path=executable,
            args=[*_ARGUMENTS, *arguments],
            viewport={"width": 1280, "height": 800},
        )
        try:
            yield context
        finally:
            context.close()


_running: "list[BrowserType]" = []


@contextmanager
def _playwright() -> "Iterator[BrowserType]":
    """Playwright's Chromium. It starts only once in each process: while one runs, that is it."""
    if _running:
        yield _running[0]
        return
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as exc:
        raise BrowserError(
            "Playwright is not installed. Run `pip install -r tests/requirements.txt`."
        ) from exc
    with sync_playwright() as playwright:
        _running.append(playwright.chromium)
        try:
            yield playwright.chromium
        finally:
            _running.clear()


def _executable() -> str:
    executable = find_chromium()
    if executable is None:
        raise BrowserError(
            "No Chromium was found. Install one (`apt-get install chromium`), or set "
            f"{CHROMIUM_VARIABLE} to its path."
        )
    return executable


def wait_until_drawn(page: "Page", timeout: float = 90.0) -> None:
    """Waits, `timeout` seconds at most, until a page of the dashboard shows its heading and its
    script has ended.
    """
    milliseconds = timeout * 1000
    page.wait_for_selector('[data-testid="stMain"] h1', timeout=milliseconds)
    page.wait_for_selector(_IDLE, timeout=milliseconds)


def wait_until_charts_drawn(page: "Page", timeout: float = 90.0) -> None:
    """Waits, `timeout` seconds at most, until the script has ended and every chart is drawn."""
    wait_until_drawn(page, timeout)
    page.wait_for_function(_CHARTS_DRAWN, polling=10, timeout=timeout * 1000)


def layout_shift(page: "Page") -> float:
    """How much has moved without the visitor's doing since the page was opened: the sum of
    Chromium's layout shift scores, 0 where nothing has (web.dev/articles/cls).
    """
    return float(page.evaluate("window.layoutShift"))


def page_addresses(page: "Page") -> dict[str, str]:
    """Title and absolute address of every page in the side bar, in its order."""
    links: list[dict[str, Any]] = page.eval_on_selector_all(
        NAV_LINK, "links => links.map(a => ({title: a.innerText.trim(), href: a.href}))"
    )
    # Of a title's lines the last: an icon's name, which is text too, comes before it.
    return {link["title"].splitlines()[-1].strip(): str(link["href"]) for link in links}
