"""Overview's first screen in a browser: its order, its places, and what a click answers."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from fer_core.bench.browser import wait_until_drawn
from tests.e2e.app import AppServer
from tests.e2e.conftest import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

IN_ORDER = (
    "text=Reads seven facial expressions",
    ".fer-boxed",
    '[data-testid="stFileUploader"]',
    '[data-testid="key-figures"]',
    ".st-key-tiles",
    ".st-key-ranked-on",
)
"""From top to bottom, or, of the second and third, from left to right."""
SHIFTS = """window.shifts = 0; new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({type: 'layout-shift', buffered: true})"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_screen_holds_all_in_order(
    browser: "Browser", server: AppServer, scheme: str
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme=scheme)
    page.set_default_timeout(PATIENCE)
    page.add_init_script(SHIFTS)
    page.goto(server.url)
    page.locator(IN_ORDER[1]).wait_for()
    wait_until_drawn(page)

    places = [page.locator(name).first.bounding_box() for name in IN_ORDER]

    assert all(places)
    tops = [place["y"] for place in places]
    assert tops == sorted(tops)
    assert places[2]["x"] > places[1]["x"] + places[1]["width"]
    assert tops[4] + places[4]["height"] <= 800
    assert page.evaluate("window.shifts") < 0.1
    page.close()


def test_figures_do_not_wrap_on_a_phone(browser: "Browser", server: AppServer) -> None:
    phone = browser.new_page(viewport={"width": 390, "height": 844})
    phone.set_default_timeout(PATIENCE)
    for address in ("", "/about"):
        phone.goto(server.url + address)
        phone.locator(".fer-figures").wait_for()
        lines = phone.locator(".fer-figures .value").evaluate_all(
            "boxes => boxes.map(b => [b.offsetHeight / parseFloat(getComputedStyle(b).lineHeight),"
            " b.scrollWidth - b.clientWidth])"
        )
        assert all(round(count) == 1 and over <= 0 for count, over in lines), lines
    phone.close()


def test_a_thumbnail_and_a_dropped_picture_are_answered_in_place(
    page: "Page", server: AppServer, astronaut: Path
) -> None:
    page.goto(server.url)
    page.get_by_role("button", name="Drawn face, sad").first.click()
    expect(page.get_by_alt_text("Drawn face, sad, 1 face found")).to_be_visible()
    page.reload()
    expect(page.get_by_alt_text("Drawn face, sad, 1 face found")).to_be_visible()

    page.locator('input[type="file"]').first.set_input_files(str(astronaut))

    expect(page.get_by_alt_text("astronaut.png, 1 face found")).to_be_visible()
    expect(page.locator(".fer-boxed b")).to_have_text("1")


@pytest.mark.parametrize(
    ("tile", "address"),
    [
        ("mistakes", "/evaluation"),
        ("labels", r"/dataset\?tab=Label"),
        ("live", "/live"),
        ("train", "/train"),
    ],
)
def test_a_tile_leads_on_wherever_it_is_clicked(
    page: "Page", server: AppServer, tile: str, address: str
) -> None:
    page.goto(server.url)
    wait_until_drawn(page)
    page.locator(f".st-key-tile-{tile}").click(position={"x": 15, "y": 15})
    expect(page).to_have_url(re.compile(address))
