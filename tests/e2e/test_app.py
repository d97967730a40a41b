"""The dashboard as a visitor meets it, in a real browser."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from fer_core.bench.browser import (
    LAYOUT_SHIFTS,
    NAV_LINK,
    layout_shift,
    page_addresses,
    wait_until_drawn,
)
from fer_core.classes import CLASS_NAMES
from tests.e2e.app import EXCEPTION, AppServer
from tests.e2e.conftest import MOST_SHIFT

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

HEADINGS = {
    "Overview": "Facial expressions",
    "Dataset": "Dataset",
    "Training curves": "Training curves",
    "Evaluation": "Evaluation",
    "Upload": "Upload",
    "Live": "Live",
    "Train": "Train",
    "About": "About",
}
"""What the side bar calls each page, and the heading it shows."""
BARS = '[data-testid="stHtml"] table.fer-bars'


def test_every_page_opens_from_the_side_bar_and_little_moves(
    page: "Page", server: AppServer
) -> None:
    page.add_init_script(LAYOUT_SHIFTS)
    page.goto(server.url)
    wait_until_drawn(page)
    first, *others = HEADINGS
    assert list(page_addresses(page)) == [first, *others]
    for name in (*others, first):
        page.wait_for_timeout(500)
        page.evaluate("window.layoutShift = 0")
        page.locator(NAV_LINK, has_text=re.compile(f"{name}$")).click()
        page.locator("h1", has_text=re.compile(f"^{HEADINGS[name]}$")).wait_for()
        if name == "Live":
            page.get_by_role("button", name="Start camera").wait_for()
        page.wait_for_load_state("networkidle")
        wait_until_drawn(page)
        assert page.locator(EXCEPTION).count() == 0, f"{name} shows an exception."
        assert layout_shift(page) < MOST_SHIFT, name


def test_reads_an_uploaded_face(upload_page: "Page", astronaut: Path) -> None:
    _choose(upload_page, astronaut)
    upload_page.locator(BARS).wait_for()
    expect(upload_page.get_by_text("astronaut.png, 1 face")).to_be_visible()
    boxed = upload_page.get_by_alt_text("astronaut.png, boxes around 1 face")
    assert boxed.evaluate("image => image.complete && image.naturalWidth > 0")
    rows = upload_page.locator(f"{BARS} tr")
    shown = [row.split() for row in rows.all_inner_texts()]
    assert [row[0] for row in shown] == list(CLASS_NAMES)
    assert sum(float(row[1]) for row in shown) == pytest.approx(100, abs=0.5)


def test_a_broken_file_does_not_hold_up_a_good_one(
    upload_page: "Page", astronaut: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(astronaut.read_bytes()[:5000])
    _choose(upload_page, broken, astronaut)
    upload_page.get_by_text("1 picture, 1 face, 1 file could not be read").wait_for()
    alert = upload_page.locator('[data-testid="stAlert"]', has_text="broken.png")
    expect(alert).to_have_count(1)
    assert upload_page.locator(EXCEPTION).count() == 0


def test_a_reload_in_the_middle_leaves_a_working_page(upload_page: "Page", astronaut: Path) -> None:
    _choose(upload_page, astronaut)
    upload_page.reload()
    upload_page.get_by_text("Drop pictures").wait_for()
    wait_until_drawn(upload_page)
    assert upload_page.locator(EXCEPTION).count() == 0
    _choose(upload_page, astronaut)
    upload_page.locator(BARS).wait_for()


def test_choices_survive_a_reload(upload_page: "Page") -> None:
    upload_page.get_by_role("button", name="Astronaut").click()
    upload_page.locator(BARS).wait_for()
    assert "sample=astronaut" in upload_page.url
    upload_page.reload()
    upload_page.locator(BARS).wait_for()


def test_back_button_returns_to_the_page_before(page: "Page", server: AppServer) -> None:
    page.goto(server.url)
    wait_until_drawn(page)
    page.locator(NAV_LINK, has_text="Dataset").click()
    page.locator("h1", has_text="Dataset").wait_for()
    page.go_back()
    page.locator("h1", has_text=HEADINGS["Overview"]).wait_for()
    wait_until_drawn(page)
    assert page.locator(EXCEPTION).count() == 0


def _choose(page: "Page", *files: Path) -> None:
    page.locator('input[type="file"]').first.set_input_files([str(file) for file in files])
