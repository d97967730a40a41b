"""The Dataset page in a real browser: an image opens with all that is known of it.

On drawn faces; the votes of FER+, which exist for the published images alone, on the real
data set where this machine has it.
"""

import csv
import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from fer_core import paths
from fer_core.bench.browser import wait_until_drawn
from fer_core.classes import CLASS_INDEX, NUM_CLASSES
from fer_core.data import fer2013
from fer_core.data.ferplus import ANSWERS, load_votes
from fer_core.data.synthetic.dataset import write_synthetic
from fer_core.quality.audit import audit
from fer_core.quality.audit_report import machine_folder, write_audit
from fer_core.reference.images import FINGERPRINT
from fer_core.runs.store import Predictions, Run
from tests.builders import make_run
from tests.e2e.app import EXCEPTION, AppServer
from tests.e2e.test_accessibility import grave_violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser

SLOW = 120_000
"""Milliseconds to wait on a busy machine."""
COPY, ORIGINAL = "test/happy/im9.png", "train/sad/im0.png"
ANSWERED = {"first": ("happy", 0.7), "second": ("sad", 0.55)}
"""What each run answers to `COPY`, and how sure it is."""
VOTES = paths.PROJECT_ROOT.parent / "shared" / "data" / "ferplus_votes.csv"


@dataclass(frozen=True)
class Shown:
    """A server, the paths of its test images, and the folder in which its data set lies."""

    url: str
    test_paths: list[str]
    folder: Path


def write_run(runs: Path, run_id: str, dataset: fer2013.Dataset) -> None:
    """A run with random answers to every test image but `COPY`."""
    answer, confidence = ANSWERED[run_id]
    labels = dataset.test.labels
    scores = np.random.default_rng(0).dirichlet(np.ones(NUM_CLASSES), len(labels))
    row = dataset.test.paths.tolist().index(COPY)
    scores[row] = (1 - confidence) / (NUM_CLASSES - 1)
    scores[row, CLASS_INDEX[answer]] = confidence
    fake = make_run(runs, run_id)
    changes = {"data_fingerprint": dataset.fingerprint, "synthetic": True}
    run = Run(fake.folder, fake.config.model_copy(update=changes))
    run.write_config()
    split = np.repeat(["test"], len(labels))
    run.write_predictions(Predictions(dataset.test.paths, split, labels, scores.astype(np.float32)))


@pytest.fixture(scope="module")
def shown(browser: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """Drawn faces, one of them in both train and test, audited, with two runs."""
    folder = tmp_path_factory.mktemp("dataset")
    data, runs = folder / "data", folder / "runs"
    write_synthetic(data, train_per_class=8, test_per_class=3, seed=0)
    shutil.copy(data / ORIGINAL, data / COPY)
    environment = {
        paths.DATA_DIR_VARIABLE: str(data),
        paths.CACHE_DIR_VARIABLE: str(folder / "cache"),
        paths.RUNS_DIR_VARIABLE: str(runs),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        dataset = fer2013.load(data)
        write_audit(audit(dataset, None), machine_folder(dataset.fingerprint))
        for run_id in ANSWERED:
            write_run(runs, run_id, dataset)
    with AppServer(environment, log=folder / "server.log") as server:
        server.wait_until_up()
        yield Shown(server.url, dataset.test.paths.tolist(), folder)


def open_page(page: "Page", url: str, query: str = "") -> None:
    page.set_default_timeout(SLOW)
    page.goto(f"{url}/dataset{query}")
    wait_until_drawn(page, SLOW / 1000)


def gallery(page: "Page") -> "Locator":
    """The images that can be chosen."""
    return page.locator('[class*="st-key-gallery-"] button')


def test_an_image_opens_with_what_is_known_of_it(page: "Page", shown: Shown) -> None:
    open_page(page, shown.url)
    page.get_by_role("tab", name="Samples").click()
    page.get_by_label("File number").fill("9")
    page.get_by_label("File number").press("Enter")
    page.get_by_text("1 drawn face; 1–1 shown").wait_for()
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
    "start", ["dataset?tab=Samples&part=test", "evaluation?section=Confidence"]
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
