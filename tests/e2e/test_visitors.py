"""Twenty visitors at once: each sees what is theirs, and nobody waits for ever."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from skimage import data, io

from fer_core.bench.browser import wait_until_drawn
from tests.e2e.app import EXCEPTION, AppServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.long]

VISITORS = 20
PATIENCE = 240_000
"""Milliseconds that a page may take while all twenty are served on a busy machine."""


def test_visitors_at_once_do_not_see_each_other(
    browser: "Browser", server: AppServer, tmp_path: Path
) -> None:
    """Every visitor uploads a picture of their own, then asks for other readings of it."""
    pages = [_open(browser, server) for _ in range(VISITORS)]
    files = [_picture(tmp_path, number) for number in range(VISITORS)]
    seconds = []

    started = time.perf_counter()
    for page, file in zip(pages, files):
        page.locator('input[type="file"]').first.set_input_files(str(file))
    for number, page in enumerate(pages):
        page.locator("table.fer-bars").first.wait_for()
        seconds.append(time.perf_counter() - started)
        _check_own(page, number)

    for name in ("Astronaut Eileen Collins", "Drawn face, happy"):
        started = time.perf_counter()
        for page in pages:
            page.get_by_role("button", name=name).click()
        for page in pages:
            page.get_by_text(f"{name}, ").first.wait_for()
            wait_until_drawn(page, PATIENCE / 1000)
            seconds.append(time.perf_counter() - started)
            _check_own(page)

    os.kill(server.pid, 0)  # still alive
    p50, p95 = np.percentile(seconds, [50, 95])
    print(
        f"{VISITORS} visitors, {len(seconds)} readings: p50 {p50:.1f} s, p95 {p95:.1f} s, "
        f"{server.memory_mb():.0f} MB"
    )
    for page in pages:
        page.context.close()


def _open(browser: "Browser", server: AppServer) -> "Page":
    page = browser.new_context().new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{server.url}/upload")
    page.get_by_text("Drop pictures").wait_for()
    wait_until_drawn(page, PATIENCE / 1000)
    return page


def _picture(folder: Path, number: int) -> Path:
    """The astronaut under the visitor's name, cut a little differently for each."""
    file = folder / f"visitor-{number:02d}-own.png"
    io.imsave(file, data.astronaut()[: 400 + number], check_contrast=False)
    return file


def _check_own(page: "Page", number: int | None = None) -> None:
    """The page shows the file of that visitor, or an example, and nobody else's file."""
    assert page.locator(EXCEPTION).count() == 0
    shown = page.locator('[data-testid="stMain"]').inner_text()
    names = {f"visitor-{other:02d}-own.png" for other in range(VISITORS)}
    assert {name for name in names if name in shown} == (
        set() if number is None else {f"visitor-{number:02d}-own.png"}
    )
