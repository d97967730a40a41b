"""The Live page in the browser mode, with the dashboard around it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from fer_core.bench.browser import wait_until_drawn
from tests.e2e.app import AppServer
from tests.e2e.conftest import PATIENCE, skip_without_reader

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_snapshot_is_read_on_the_upload_page_by_the_same_model(live_page: "Page") -> None:
    live_page.goto(f"{live_page.url.partition('?')[0]}?model=compact")
    live_page.get_by_role("button", name="Start camera").click()
    expect(live_page.locator(".live-figures")).to_contain_text("frames read")
    live_page.get_by_role("button", name="Take snapshot").click()
    live_page.get_by_role("button", name="Open in Upload").click()
    expect(live_page.get_by_role("heading", name="Upload", level=1)).to_be_visible()
    expect(live_page.get_by_text("Snapshot from live video, 1 face")).to_be_visible()
    assert "model=compact" in live_page.url


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_moves_as_the_page_comes_and_as_the_camera_starts(
    camera: "Callable[[int], Browser]", server: AppServer, width: int
) -> None:
    skip_without_reader()
    page = camera(1).new_page(viewport={"width": width, "height": 800})
    page.set_default_timeout(PATIENCE)
    page.add_init_script(
        "window.shifts = 0; new PerformanceObserver(list => list.getEntries().forEach("
        "entry => window.shifts += entry.hadRecentInput ? 0 : entry.value))"
        ".observe({type: 'layout-shift', buffered: true});"
    )
    page.goto(f"{server.url}/live")
    start = page.get_by_role("button", name="Start camera")
    start.wait_for()
    wait_until_drawn(page)
    before = page.locator(".live-stage").bounding_box()
    start.click()
    expect(page.locator(".live-stage.seen")).to_be_visible()
    assert page.locator(".live-stage").bounding_box() == before
    assert page.evaluate("shifts") < 0.1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_larger_type_leaves_room_for_the_bars_and_the_models_name(live_page: "Page") -> None:
    live_page.set_viewport_size({"width": 1280, "height": 800})
    live_page.evaluate("document.documentElement.style.fontSize = '24px'")
    wide = "selector => document.querySelector(selector).getBoundingClientRect().width"
    for selector in (".fer-track", ".st-key-live-choices [data-testid='stSelectbox']"):
        live_page.locator(selector).first.wait_for()
        assert live_page.evaluate(wide, selector) > 200
