"""Reviewing labels in a browser: by key, from the viewer, and never a face that nobody has seen."""

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from fer_core.bench.browser import wait_until_drawn
from tests.e2e.app import EXCEPTION
from tests.e2e.dataset.page import SLOW, Shown, gallery, open_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def reviewed(page: "Page", count: int) -> None:
    """Waits until so many of the faces are reviewed, and nothing is drawn any more."""
    page.get_by_text(re.compile(rf"^{count} of \d+ reviewed$")).wait_for()
    wait_until_drawn(page, SLOW / 1000)


@pytest.mark.slow
def test_keys_decide_and_take_back_and_nothing_moves(page: "Page", shown: Shown) -> None:
    open_page(page, shown.url, "?tab=Review&review-part=Test")
    reviewed(page, 0)
    keep = page.get_by_role("button", name="Keep the label")
    first, place = page.locator(".fer-review").inner_text(), keep.bounding_box()
    for count, key in enumerate("kx", 1):
        page.keyboard.press(key)
        reviewed(page, count)
        assert page.locator(".fer-review").inner_text() != first
        assert keep.bounding_box() == place
    other = "1" if "/angry/" not in page.locator(".fer-review").inner_text() else "2"
    page.keyboard.press(other)
    reviewed(page, 3)
    for count in (2, 1, 0):
        page.keyboard.press("u")
        reviewed(page, count)
    assert page.locator(".fer-review").inner_text() == first
    assert page.locator(EXCEPTION).count() == 0


@pytest.mark.slow
def test_keys_decide_nothing_while_the_viewer_is_open(page: "Page", shown: Shown) -> None:
    open_page(page, shown.url, "?tab=Review&review-part=Test")
    reviewed(page, 0)
    page.get_by_role("button", name="Details").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Review this label").wait_for()
    wait_until_drawn(page, SLOW / 1000)
    page.keyboard.press("k")
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    reviewed(page, 0)
    # The buttons listen again once they say so.
    page.get_by_role("button", name="Keep the label").get_by_text("K", exact=True).wait_for()
    page.keyboard.press("k")
    reviewed(page, 1)
    page.reload()
    reviewed(page, 1)  # it was saved at once
    file = shown.folder / "label_review.csv"
    assert ",keep,," in file.read_text(encoding="utf-8")
    file.unlink()


@pytest.mark.slow
@pytest.mark.parametrize(
    "start", ["dataset?tab=Samples&part=test", "evaluation?section=Calibration"]
)
def test_the_viewer_leads_to_the_review_of_its_face(page: "Page", shown: Shown, start: str) -> None:
    page.set_default_timeout(SLOW)
    page.goto(f"{shown.url}/{start}")
    gallery(page).first.click()
    dialog = page.get_by_role("dialog")
    link = dialog.get_by_role("button", name="Review this label")
    link.wait_for()
    wait_until_drawn(page, SLOW / 1000)
    path = dialog.locator("strong").first.inner_text()
    link.click()
    expect(page.locator(".fer-review figcaption")).to_have_text(path)
    expect(dialog).to_have_count(0)
    assert "/dataset?tab=Review" in page.url
    assert page.locator(EXCEPTION).count() == 0


@pytest.mark.slow
def test_keys_listen_after_a_filter_and_a_held_one_decides_once(page: "Page", shown: Shown) -> None:
    open_page(page, shown.url, "?tab=Review&review-part=Test")
    reviewed(page, 0)
    page.get_by_role("combobox", name="Label").click()
    page.get_by_role("option", name="sad").click()
    reviewed(page, 0)
    page.keyboard.press("k")
    reviewed(page, 1)
    page.get_by_role("slider").focus()
    page.keyboard.down("k")
    for _ in range(20):
        page.keyboard.down("k")  # as a keyboard does while a key is held
        page.wait_for_timeout(30)
    page.keyboard.up("k")
    reviewed(page, 2)
    page.get_by_role("combobox", name="Label").click()
    page.keyboard.type("u")  # a letter to look for in the open list, not the key of Undo
    page.keyboard.press("Escape")
    reviewed(page, 2)
    (shown.folder / "label_review.csv").unlink()


@pytest.mark.slow
def test_a_double_click_decides_on_one_face(page: "Page", shown: Shown) -> None:
    open_page(page, shown.url, "?tab=Review&review-part=Test")
    reviewed(page, 0)
    page.get_by_role("button", name="Exclude the image").dblclick()
    reviewed(page, 1)
    page.reload()
    reviewed(page, 1)
    page.keyboard.press("u")  # what was decided before the reload is taken back too
    reviewed(page, 0)
    (shown.folder / "label_review.csv").unlink()
