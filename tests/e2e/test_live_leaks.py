"""Live in the browser: whatever the visitor does, one camera and one reading at most, then none."""

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from fer_core.bench.browser import NAV_LINK

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_HIDE = """hidden => {
    Object.defineProperty(document, 'hidden', {get: () => hidden, configurable: true});
    document.dispatchEvent(new Event('visibilitychange'));
}"""


def start(page: "Page") -> None:
    page.get_by_role("button", name="Start camera").click()
    reads_on(page)


def reads_on(page: "Page") -> None:
    """Ten more frames are read, each once, from one camera and by one worker."""
    page.evaluate("watched.readings = []")
    page.wait_for_function("watched.readings.length >= 10")
    frames = page.evaluate("watched.readings.map(reading => reading.frame)")
    assert len(frames) == len(set(frames)), "Two loops read the same frames."
    assert page.evaluate("[watched.tracks(), watched.workers.size]") == [1, 1]


def ends(page: "Page", *, workers: int = 0) -> None:
    """The camera goes off, and nothing is read any more."""
    page.wait_for_function(f"watched.tracks() === 0 && watched.workers.size <= {workers}")
    page.evaluate("watched.readings = []")
    page.wait_for_timeout(300)  # in which a loop would read several
    assert page.evaluate("watched.readings.length") <= 1, "Frames are still read."


def go_to(page: "Page", title: str) -> None:
    page.locator(NAV_LINK, has_text=title).click()
    page.get_by_role("heading", name=title, level=1).wait_for()


def test_leaving_ends_it_and_coming_back_starts_one(live_page: "Page") -> None:
    start(live_page)
    for _ in range(2):
        go_to(live_page, "About")
        ends(live_page)
        go_to(live_page, "Live")
        expect(live_page.get_by_role("button", name="Stop camera")).to_have_count(0)
        start(live_page)
    live_page.go_back()
    ends(live_page)


def test_leaving_before_it_plays_leaves_nothing(live_page: "Page") -> None:
    live_page.get_by_role("button", name="Start camera").click()
    go_to(live_page, "About")
    ends(live_page)


def test_theme_controls_and_network_keep_one(live_page: "Page") -> None:
    start(live_page)
    before = live_page.evaluate("getComputedStyle(document.querySelector('.stApp')).color")
    live_page.emulate_media(color_scheme="dark")
    live_page.wait_for_function(
        "before => getComputedStyle(document.querySelector('.stApp')).color !== before",
        arg=before,
    )
    reads_on(live_page)
    live_page.get_by_role("button", name="Settings").click()
    live_page.get_by_text("Mirrored view").click()
    live_page.wait_for_url("**mirrored=false**")
    live_page.get_by_role("slider", name="Half-life, seconds").press("ArrowRight")
    live_page.wait_for_url("**smoothing=**")
    live_page.keyboard.press("Escape")
    reads_on(live_page)
    live_page.get_by_role("combobox", name="Model").click()
    live_page.get_by_role("option", name="report-baseline").click()
    expect(live_page.get_by_text("Read by report-baseline")).to_be_visible()
    reads_on(live_page)


def test_pausing_and_stopping_go_on_with_one(live_page: "Page") -> None:
    start(live_page)
    live_page.evaluate(_HIDE, True)
    expect(live_page.get_by_text("Paused while this tab is in the background")).to_be_visible()
    live_page.evaluate("watched.readings = []")
    live_page.wait_for_timeout(300)
    assert live_page.evaluate("watched.readings.length") <= 1, "A hidden tab reads on."
    live_page.evaluate(_HIDE, False)
    reads_on(live_page)
    for _ in range(3):
        live_page.get_by_role("button", name="Stop camera").click()
        ends(live_page, workers=1)
        start(live_page)


def test_impatient_clicks_start_one(live_page: "Page") -> None:
    button = live_page.locator('[data-do="toggle"]')
    button.dblclick()
    reads_on(live_page)
    for clicks in (1, 3):  # the last of them stops
        for _ in range(clicks):
            button.click()
        ends(live_page, workers=1)
        button.click()
        reads_on(live_page)


def test_the_other_mode_ends_it(live_page: "Page") -> None:
    start(live_page)
    live_page.get_by_role("radio", name="On the server").click()
    ends(live_page)
    live_page.get_by_role("radio", name="In your browser").click()
    start(live_page)
