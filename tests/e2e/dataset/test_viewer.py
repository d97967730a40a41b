"""One face in full: what is known of it, its copies, previous and next, on drawn faces; the votes
of FER+, which exist for the published images alone, where this machine has them.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from fer_core import paths
from fer_core.bench.browser import wait_until_drawn
from fer_core.data import fer2013
from fer_core.data.ferplus import ANSWERS, load_votes
from fer_core.reference.images import FINGERPRINT
from tests.e2e.app import EXCEPTION, AppServer
from tests.e2e.axe import grave_violations
from tests.e2e.dataset.page import ANSWERED, COPY, ORIGINAL, SLOW, Shown, gallery, open_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

VOTES = paths.PROJECT_ROOT.parent / "shared" / "data" / "ferplus_votes.csv"


def test_an_image_opens_with_what_is_known_of_it(page: "Page", shown: Shown) -> None:
    open_page(page, shown.url)
    page.get_by_role("tab", name="Samples").click()
    page.get_by_label("File number").fill("9")
    page.get_by_label("File number").press("Enter")
    page.get_by_text("1 drawn face; 1–1 shown").wait_for()
    assert "file=9" in page.url.partition("?")[2].split("&")
    expect(gallery(page)).to_have_count(1)
    gallery(page).click()

    dialog = page.get_by_role("dialog")
    dialog.get_by_text(COPY, exact=True).wait_for()
    dialog.get_by_alt_text(f"Face labelled happy, {COPY}").wait_for()
    dialog.get_by_text("FER+ has votes for the published images only.").wait_for()
    rows = dialog.get_by_test_id("viewer-answers").locator("tbody tr").all()
    cells = [row.locator("th, td").all_inner_texts() for row in rows]
    told = {row[0].split(" ")[0]: (row[1], float(row[2].rstrip(" %")) / 100) for row in cells}
    assert told == ANSWERED
    dialog.get_by_alt_text(f"identical image {ORIGINAL}").wait_for()
    assert page.locator(EXCEPTION).count() == 0

    dialog.get_by_role("button", name="Close").click()
    dialog.wait_for(state="hidden")
    expect(gallery(page)).to_have_count(1)


def test_the_keyboard_opens_and_closes_an_image(page: "Page", shown: Shown) -> None:
    open_page(page, shown.url, "?tab=Samples&part=test&class=sad")
    page.get_by_text("3 drawn faces; 1–3 shown").wait_for()
    wait_until_drawn(page, SLOW / 1000)
    gallery(page).first.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("test/sad/im0.png", exact=True).wait_for()
    wait_until_drawn(page, SLOW / 1000)
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")


def test_arrow_keys_step_through_the_list_and_the_dialog_keeps_its_place(
    page: "Page", shown: Shown
) -> None:
    received: list[bytes] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda frame: received.append(_bytes(frame))),
    )
    open_page(page, shown.url, "?tab=Samples&sort=class")
    gallery(page).nth(1).click()
    dialog = page.get_by_role("dialog")
    place, image = dialog.get_by_role("status"), dialog.locator(".fer-viewed img").first
    expect(place).to_have_text("2 of 78")
    wait_until_drawn(page, SLOW / 1000)
    box = dialog.bounding_box()
    for key, number, file in (
        ("ArrowRight", 3, "im2.png"),
        ("ArrowRight", 4, "im3.png"),
        ("ArrowLeft", 3, "im2.png"),
        ("ArrowLeft", 2, "im1.png"),
        ("ArrowLeft", 1, "im0.png"),
    ):
        page.keyboard.press(key)
        expect(place).to_have_text(f"{number} of 78")
        expect(image).to_have_attribute("alt", f"Face labelled angry, train/angry/{file}")
        assert dialog.bounding_box() == box
    expect(dialog.get_by_role("button", name="Previous")).to_be_disabled()
    dialog.get_by_role("button", name="Next").click()
    expect(place).to_have_text("2 of 78")
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    gallery(page).nth(23).click()  # the last on show
    expect(place).to_have_text("24 of 78")
    page.keyboard.press("ArrowRight")
    expect(place).to_have_text("25 of 78")
    assert not any(b"train/surprised/im7.png" in frame for frame in received)
    assert page.locator(EXCEPTION).count() == 0


def _bytes(frame: bytes | str) -> bytes:
    return frame if isinstance(frame, bytes) else frame.encode()


def test_closing_the_viewer_gives_the_focus_back_and_keeps_the_page(
    page: "Page", shown: Shown
) -> None:
    open_page(page, shown.url, "?tab=Samples&part=test&sort=class")
    wait_until_drawn(page, SLOW / 1000)
    expect(page.get_by_text("22 drawn faces; 1–22 shown")).to_be_visible()
    gallery(page).nth(4).press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("status")).to_have_text("5 of 22")
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_role("status")).to_have_text("6 of 22")
    assert page.evaluate("document.activeElement.closest('[role=dialog]') !== null")
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    expect(gallery(page).nth(4)).to_be_focused()
    page.keyboard.press("ArrowRight")  # no longer the viewer's
    wait_until_drawn(page, SLOW / 1000)
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("22 drawn faces; 1–22 shown")).to_be_visible()


def test_a_copy_opens_and_the_next_goes_on_from_the_list(page: "Page", shown: Shown) -> None:
    open_page(page, shown.url, "?tab=Samples&part=test&class=happy")
    expect(gallery(page)).to_have_count(4)  # else the last is another
    gallery(page).last.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(COPY, exact=True).wait_for()
    dialog.get_by_role("button", name=ORIGINAL).click()
    dialog.get_by_alt_text(f"Face labelled sad, {ORIGINAL}").wait_for()
    expect(dialog.get_by_role("status")).to_have_text("copy of no. 4 of 4")
    page.keyboard.press("ArrowLeft")
    expect(dialog.get_by_role("status")).to_have_text("4 of 4")
    page.keyboard.press("ArrowLeft")
    expect(dialog.get_by_role("status")).to_have_text("3 of 4")


def test_on_a_phone_the_viewer_and_the_filters_need_no_sideways_scrolling(
    page: "Page", shown: Shown
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, shown.url, "?tab=Samples&part=test&class=happy&file=9")
    wide = "part => part.scrollWidth - part.clientWidth"
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(page.get_by_label("File number")).to_have_value("9")
    gallery(page).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=ORIGINAL).wait_for()
    wait_until_drawn(page, SLOW / 1000)
    assert dialog.evaluate(wide) == 0
    assert dialog.locator(".st-key-viewer-body").evaluate(wide) == 0
    assert page.locator("img:not([alt]), img[alt='']").count() == 0


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_viewer(
    browser: "Browser", shown: Shown, theme: str
) -> None:
    context = browser.new_context(color_scheme="dark" if theme == "dark" else "light")
    page = context.new_page()
    open_page(page, shown.url, "?tab=Samples&part=test&class=happy")
    expect(gallery(page)).to_have_count(4)
    gallery(page).last.click()
    page.get_by_role("dialog").get_by_role("button", name=ORIGINAL).wait_for()
    wait_until_drawn(page, SLOW / 1000)
    page.wait_for_timeout(500)  # the dialog fades in
    found = grave_violations(page)
    context.close()
    assert not found, "\n".join(found)


def test_the_votes_are_those_of_the_file(page: "Page", tmp_path: Path) -> None:
    if not fer2013.is_available() or not VOTES.exists():
        pytest.skip("The data set or FER+'s votes are not on this machine.")
    if fer2013.load().fingerprint != FINGERPRINT:
        pytest.skip("The data set on this machine is not the published one.")
    votes = load_votes(VOTES)
    path = "test/happy/im978.png"
    given = votes.counts[votes.paths.tolist().index(path)].tolist()
    environment = {paths.FERPLUS_VARIABLE: str(VOTES)}
    with AppServer(environment, log=tmp_path / "server.log") as server:
        server.wait_until_up()
        open_page(page, server.url, "?tab=Samples&part=test&class=happy&file=978")
        gallery(page).click()
        dialog = page.get_by_role("dialog")
        votes_told = dialog.get_by_test_id("viewer-votes")
        head = votes_told.locator("caption").inner_text()
        rows = [row.locator("th, td").all_inner_texts() for row in votes_told.locator("tr").all()]
    assert head == f"FER+ votes of {sum(given)} annotators"
    told = {row[0]: row[2] for row in rows}
    expected = {"not a face" if name == "NF" else name: n for name, n in zip(ANSWERS, given) if n}
    assert {name: int(n) for name, n in told.items()} == expected


def test_quick_presses_are_all_counted(page: "Page", shown: Shown) -> None:
    open_page(page, shown.url, "?tab=Samples&sort=class")
    gallery(page).first.click()
    dialog = page.get_by_role("dialog")
    place = dialog.get_by_role("status")
    expect(place).to_have_text("1 of 78")
    wait_until_drawn(page, SLOW / 1000)
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect(place).to_have_text("7 of 78")
    for _ in range(4):
        dialog.get_by_role("button", name="Next").click()
    expect(place).to_have_text("11 of 78")
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    expect(place).to_have_text("1 of 78")


def test_another_face_begins_at_its_top(page: "Page", shown: Shown) -> None:
    page.set_viewport_size({"width": 1280, "height": 480})
    open_page(page, shown.url, "?tab=Samples&part=test&class=happy")
    expect(gallery(page)).to_have_count(4)  # else the last is another
    gallery(page).last.click()
    dialog = page.get_by_role("dialog")
    copy = dialog.get_by_role("button", name=ORIGINAL)
    copy.scroll_into_view_if_needed()
    body = dialog.locator(".st-key-viewer-body")
    assert body.evaluate("part => part.scrollTop") > 0
    copy.click()
    expect(dialog.get_by_role("status")).to_have_text("copy of no. 4 of 4")
    wait_until_drawn(page, SLOW / 1000)
    assert body.evaluate("part => part.scrollTop") == 0
