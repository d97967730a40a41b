"""Nothing that keeps people out: axe-core on every page, in both themes, at two widths."""

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from fer_core.bench.browser import wait_until_drawn
from tests.e2e.app import AppServer
from tests.e2e.test_page_load import PAGES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GRAVE = ("serious", "critical")
EXCEPTIONS = {
    # Streamlit 1.67 puts the titles of a navigation's sections, and boxes around each section's
    # links, straight into its list. It is read in order all the same.
    '[data-testid="stSidebarNavItems"]': ["list", "listitem"],
}
"""Rules that Streamlit's own markup breaks where no page has a say, by the part of the page."""


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
def test_axe_finds_nothing_serious(
    browser: "Browser", server: AppServer, page_name: str, width: int, theme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if theme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(f"{server.url}/{page_name}", timeout=90_000)
    wait_until_drawn(page)
    page.wait_for_load_state("networkidle")
    found = grave_violations(page)
    context.close()
    assert not found, "\n".join(found)


def grave_violations(page: "Page") -> list[str]:
    """What axe finds on the page as it is, a line a place: the rule, the element and why."""
    everything = {"exclude": [[part] for part in EXCEPTIONS]}
    runs: list[tuple[dict, dict]] = [(everything, {})]
    for part, rules in EXCEPTIONS.items():
        if page.locator(part).count():
            runs.append(({"include": [[part]]}, {rule: {"enabled": False} for rule in rules}))
    return [
        f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}"
        for context, rules in runs
        for violation in Axe().run(page, context, {"rules": rules}).response["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]
