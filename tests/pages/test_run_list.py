"""The eyes in the list of runs: what they say, and what they tell Python."""

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from pages.parts.curves import run_list
from tests.pages.mounted import empty, mount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

RUNS = ("best", "middle", "worst")
LATEST_FIRST = ("worst", "best", "middle")
"""The order in which Python names them."""


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    opened = empty(browser.new_page())
    rows = [{"name": name, "draws": True, "words": name, "sign": "x"} for name in RUNS]
    mount(opened, run_list.SCRIPT, rows=rows, shown=["worst"])
    yield opened
    opened.close()


def click(page: "Page", name: str) -> list[str]:
    """Clicks an eye; what Python draws the list again with."""
    page.get_by_role("button", name=f"Show {name}").click()
    sent = page.evaluate("sent.at(-1)[1]")
    shown = sorted(sent, key=LATEST_FIRST.index)
    page.evaluate("shown => show({shown})", shown)
    return shown


def expect_open(page: "Page", *names: str) -> None:
    for name in RUNS:
        eye = page.get_by_role("button", name=f"Show {name}")
        expect(eye).to_have_attribute("aria-pressed", str(name in names).lower())


def test_the_eyes_follow_the_address_after_clicks(page: "Page") -> None:
    before = click(page, "best")
    click(page, "middle")
    expect_open(page, *RUNS)
    page.evaluate("shown => show({shown})", before)  # Back
    expect_open(page, "best", "worst")
    assert click(page, "worst") == ["best"]


def test_an_answer_to_an_earlier_click_does_not_undo_a_later_one(page: "Page") -> None:
    for name in ("best", "middle"):
        page.get_by_role("button", name=f"Show {name}").click()
    page.evaluate("show({shown: ['worst', 'best']})")
    expect_open(page, *RUNS)
    page.evaluate("show({shown: ['worst', 'best', 'middle']})")
    page.evaluate("show({shown: ['middle']})")  # another link
    expect_open(page, "middle")
