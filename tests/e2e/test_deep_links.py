"""Any page by its address, as the very first request to a server: after a restart, or after a
deployment has slept.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from fer_core.bench.browser import NAV_LINK, wait_until_drawn
from tests.e2e.app import EXCEPTION, AppServer
from tests.e2e.conftest import PATIENCE, environment

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

ADDRESSES = {
    "?subset=PrivateTest": "Facial expressions",
    "overview?subset=PrivateTest": "Facial expressions",
    "dataset?tab=Audit": "Dataset",
    "curves?runs=compact": "Training curves",
    "evaluation?run=compact&section=Calibration": "Evaluation",
    "upload?sample=astronaut&threshold=0.7": "Upload",
    "live?smoothing=1.5": "Live",
    "train?preset=tiny": "Train",
    "about": "About",
}
"""Addresses of each page with choices in it, and the page's heading."""
CHECKED_OFTEN = (
    "?subset=PrivateTest",
    "evaluation?run=compact&section=Calibration",
    "live?smoothing=1.5",
)
"""The others open as these do: every page begins with `enter()`, as a test of its own says."""
PAGES = len(set(ADDRESSES.values()))
HARMLESS = re.compile("You can now view|URL: |Uvicorn server started|Stopping")
"""In what a server prints that has nothing to complain of."""
NO_TWILIO = {"TWILIO_ACCOUNT_SID": "AC0", "TWILIO_AUTH_TOKEN": "none"}
"""Without its package nothing is sent; yet Live asks its way through every source of servers."""


@contextmanager
def first_request(browser: "Browser", folder: Path, address: str) -> "Iterator[Page]":
    """The page that a new server shows to its first visitor.

    In the end its log is clean, and the browser has asked no other server for anything.
    """
    log = folder / "server.log"
    with AppServer(environment(folder) | NO_TWILIO, log=log) as server:
        server.wait_until_up()
        window: BrowserContext = browser.new_context(base_url=server.url)
        window.set_default_timeout(PATIENCE)
        page = window.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"/{address}")
        wait_until_drawn(page)
        yield page
        window.close()
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert [line for line in lines if not HARMLESS.search(line)] == []
    own = (server.url, "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []  # no one else is told


def assert_shows(page: "Page", heading: str, address: str) -> None:
    expect(page.locator("h1")).to_have_text(heading)
    expect(page.get_by_text("Page not found")).to_have_count(0)
    expect(page.locator(EXCEPTION)).to_have_count(0)
    expect(page.locator(NAV_LINK)).to_have_count(PAGES)
    for choice in address.partition("?")[2].split("&"):
        assert choice in page.url


def test_everything_works_on_a_page_that_was_opened_by_its_address(
    browser: "Browser", tmp_path: Path, astronaut: Path
) -> None:
    address = "upload?sample=astronaut&threshold=0.7"
    with first_request(browser, tmp_path, address) as page:
        assert_shows(page, "Upload", address)
        bars = page.locator("table.fer-bars")
        expect(bars).to_have_count(1)  # the sample that the address names
        page.get_by_text("Astronaut Eileen Collins, 1 face").wait_for()

        page.reload()
        assert_shows(page, "Upload", address)
        expect(bars).to_have_count(1)
        page.locator('input[type="file"]').first.set_input_files(str(astronaut))
        page.get_by_text("astronaut.png, 1 face").wait_for()

        page.locator(NAV_LINK, has_text=re.compile("About$")).click()
        expect(page.locator("h1")).to_have_text("About")
        page.go_back()
        expect(page.locator("h1")).to_have_text("Upload")
        expect(page.get_by_text("astronaut.png, 1 face")).to_be_visible()
        page.get_by_role("tab", name="Other models").click()  # a fragment
        expect(page.get_by_text("models say").first).to_be_visible()

        page.locator(NAV_LINK, has_text=re.compile("Train$")).click()
        page.get_by_role("link", name="Get it on the Dataset page").click()
        expect(page.locator("h1")).to_have_text("Dataset")
        expect(page.locator(EXCEPTION)).to_have_count(0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "address",
    [
        address if address in CHECKED_OFTEN else pytest.param(address, marks=pytest.mark.long)
        for address in ADDRESSES
    ],
)
def test_every_page_opens_by_its_address_on_a_new_server(
    browser: "Browser", tmp_path: Path, address: str
) -> None:
    with first_request(browser, tmp_path, address) as page:
        assert_shows(page, ADDRESSES[address], address)
