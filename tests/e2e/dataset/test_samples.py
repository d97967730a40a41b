"""Lists of images in a browser: filters, downloads, groups of the audit, and that little moves."""

import csv
import io
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from fer_core.bench.browser import wait_until_drawn
from tests.e2e.app import EXCEPTION
from tests.e2e.dataset.page import COPY, ORIGINAL, SLOW, Shown, gallery, open_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("tab", ["Balance", "Samples", "Audit"])
def test_nothing_moves_while_the_page_is_drawn(
    browser: "Browser", shown: Shown, tab: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.add_init_script(
        """(window.shift = 0, new PerformanceObserver(list => {
            for (const entry of list.getEntries())
                if (!entry.hadRecentInput) window.shift += entry.value;
        }).observe({type: "layout-shift", buffered: true}))"""
    )
    open_page(page, shown.url, f"?tab={tab}")
    gallery(page).first.wait_for()
    page.wait_for_timeout(1000)
    shift = page.evaluate("window.shift")
    context.close()
    assert shift < 0.1


def test_the_number_that_was_typed_is_shown_and_answered(page: "Page", shown: Shown) -> None:
    open_page(page, shown.url, "?tab=Samples")
    field = page.get_by_label("File number")
    field.fill("999999")
    field.press("Enter")
    page.get_by_text("No drawn faces match these filters").wait_for()
    expect(field).to_have_value("999999")
    text_width = """field => {
        const pen = document.createElement("canvas").getContext("2d");
        const style = getComputedStyle(field);
        pen.font = style.font;
        const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
        return field.clientWidth - padding - pen.measureText(field.value).width;
    }"""
    assert field.evaluate(text_width) >= 0, "The last digits are hidden."
    page.get_by_role("button", name="Reset filters").click()
    page.get_by_text("78 drawn faces; 1–24 shown").wait_for()
    expect(field).to_have_value("")


def test_the_list_holds_what_the_filters_leave(page: "Page", shown: Shown) -> None:
    open_page(page, shown.url, "?tab=Samples&part=test")
    page.get_by_text(f"{len(shown.test_paths)} drawn faces;").wait_for()
    wait_until_drawn(page, SLOW / 1000)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download list (CSV)").click()
    rows = list(csv.DictReader(io.StringIO(waiting.value.path().read_text(encoding="utf-8"))))
    assert sorted(row["path"] for row in rows) == sorted(shown.test_paths)
    assert {row["split"] for row in rows} == {"test"}


def test_the_audit_shows_its_groups(page: "Page", shown: Shown) -> None:
    open_page(page, shown.url)
    page.get_by_role("tab", name="Audit").click()
    page.get_by_text("1 group; 1–1 shown").wait_for()
    wait_until_drawn(page, SLOW / 1000)
    alts = gallery(page).locator("img").evaluate_all("all => all.map(image => image.alt)")
    assert alts == [f"Drawn face {ORIGINAL}", f"Drawn face {COPY}"]
    gallery(page).nth(1).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_alt_text(f"identical image {ORIGINAL}").wait_for()
    assert page.locator(EXCEPTION).count() == 0
