"""What happens in the browser as a page loads: what it asks for, what moves, whom it keeps out."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from fer_core.bench.browser import LAYOUT_SHIFTS, layout_shift, wait_until_drawn
from tests.e2e.app import EXCEPTION, AppServer
from tests.e2e.axe import grave_violations
from tests.e2e.conftest import MOST_SHIFT

if TYPE_CHECKING:
    from typing import Literal

    from playwright.sync_api import Browser

    Theme = Literal["light", "dark"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = ("", "dataset", "curves", "evaluation", "upload", "live", "train", "about")
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

SIDEWAYS = """[document.documentElement, document.querySelector('[data-testid=stMain]')]
  .map(node => node.scrollWidth - node.clientWidth)"""
"""Pixels by which the page and its main part are wider than what is seen of them."""


@pytest.mark.parametrize(
    ("width", "theme"),
    [
        (1280, "light"),
        (390, "dark"),
        pytest.param(1280, "dark", marks=pytest.mark.long),
        pytest.param(390, "light", marks=pytest.mark.long),
    ],
)
def test_pages_load_from_their_server_alone_little_moves_and_nobody_is_kept_out(
    browser: "Browser", server: AppServer, width: int, theme: "Theme"
) -> None:
    """Each by its address in one window, the first with nothing in the browser's cache."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme)
    page = context.new_page()
    page.add_init_script(ICONS + LAYOUT_SHIFTS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name in PAGES:
        asked.clear()
        page.goto(f"{server.url}/{name}", timeout=90_000)
        wait_until_drawn(page)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(500)

        assert page.locator(EXCEPTION).count() == 0, f"{name} shows an exception."
        assert layout_shift(page) < MOST_SHIFT, name
        assert max(page.evaluate(SIDEWAYS)) <= 0, f"{name} scrolls sideways."
        asked += page.evaluate("window.icons")
        hosts = {urlsplit(url).hostname for url in asked if url.startswith(("http", "ws"))}
        assert hosts <= {"localhost", "127.0.0.1"}, name
        assert len(asked) > 20, name
        found = grave_violations(page)
        assert not found, "\n".join([name, *found])
    context.close()
