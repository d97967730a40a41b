"""What happens in the browser while a page loads: what it asks for, and what moves."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from fer_core.bench.browser import LAYOUT_SHIFTS, NAV_LINK, layout_shift, wait_until_drawn
from tests.e2e.app import AppServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = ("", "dataset", "curves", "evaluation", "upload", "live", "train", "about")
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
MOST_SHIFT = 0.1
"""Cumulative layout shift that still counts as good (web.dev/articles/cls)."""
ICONS = """
const href = Object.getOwnPropertyDescriptor(HTMLLinkElement.prototype, 'href');
window.icons = [];
Object.defineProperty(HTMLLinkElement.prototype, 'href', {
  get() { return href.get.call(this); },
  set(value) {
    if (this.rel.includes('icon')) window.icons.push(value);
    href.set.call(this, value);
  },
});
"""
"""Notes the addresses of the tab's icon, which a headless browser does not fetch."""


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("page_name", PAGES)
def test_nothing_is_asked_of_another_host_and_little_moves_while_a_page_is_drawn(
    browser: "Browser", server: AppServer, page_name: str, size: tuple[int, int]
) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.add_init_script(ICONS + LAYOUT_SHIFTS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}/{page_name}", timeout=90_000)
    wait_until_drawn(page)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    asked += page.evaluate("window.icons")

    assert layout_shift(page) < MOST_SHIFT
    hosts = {urlsplit(address).hostname for address in asked if address.startswith(("http", "ws"))}
    assert hosts <= {"localhost", "127.0.0.1"}
    assert len(asked) > 20
    context.close()


def test_little_moves_as_pages_are_switched(browser: "Browser", server: AppServer) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.add_init_script(LAYOUT_SHIFTS)
    page.goto(server.url, timeout=90_000)
    wait_until_drawn(page)
    for number in [*range(1, page.locator(NAV_LINK).count()), 0]:
        page.wait_for_timeout(500)
        page.evaluate("window.layoutShift = 0")
        page.locator(NAV_LINK).nth(number).click()
        page.wait_for_timeout(500)
        wait_until_drawn(page)
        assert layout_shift(page) < MOST_SHIFT, page.url
    context.close()
