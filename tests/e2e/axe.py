"""axe-core: what in a page keeps people out."""

from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

GRAVE = ("serious", "critical")
EXCEPTIONS = {
    # Streamlit 1.67 puts the titles of a navigation's sections, and boxes around each section's
    # links, straight into its list. It is read in order all the same.
    '[data-testid="stSidebarNavItems"]': ["list", "listitem"],
}
"""Rules that Streamlit's own markup breaks where no page has a say, by the part of the page."""


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
