"""What happens in the browser as a page loads: what it asks for, what moves, whom it keeps out."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from fer_core.bench.browser import LAYOUT_SHIFTS, NAV_LINK, layout_shift, wait_until_drawn
from tests.e2e.app import AppServer
from tests.e2e.axe import grave_violations

if TYPE_CHECKING:
    from typing import Literal

    from playwright.sync_api import Browser

    Theme = Literal["light", "dark"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = ("", "dataset", "curves", "evaluation", "upload", "live", "train", "about")
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


@pytest.mark.parametrize(
    ("width", "theme"),
    [
        (1280, "light"),
        (390, "dark"),
        pytest.param(1280, "dark", marks=pytest.mark.long),
        pytest.param(390, "light", marks=pytest.mark.long),
    ],
)
@pytest.mark.parametrize("page_name", PAGES)
def test_a_page_loads_from_its_server_alone_little_moves_and_nobody_is_kept_out(
    browser: "Browser", server: AppServer, page_name: str, width: int, theme: "Theme"
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme)
    page = context.new_page()
    page.add_init_script(ICONS + LAYOUT_SHIFTS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}/{page_name}", timeout=90_000)
    wait_until_drawn(page)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)

    assert layout_shift(page) < MOST_SHIFT
    asked += page.evaluate("window.icons")
    hosts = {urlsplit(address).hostname for address in asked if address.startswith(("http", "ws"))}
    assert hosts <= {"localhost", "127.0.0.1"}
    assert len(asked) > 20
    found = grave_violations(page)
    assert not found, "\n".join(found)
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
