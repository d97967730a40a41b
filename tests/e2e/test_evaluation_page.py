"""A click on the confusion matrix, in a real browser, against what `predictions.npz` says.

On the real data set and its run `tiny` where this machine has them, else on drawn faces.
"""

import base64
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect

from fer_core import paths
from fer_core.bench.browser import wait_until_drawn
from fer_core.classes import CLASS_INDEX, CLASS_NAMES, NUM_CLASSES
from fer_core.data import fer2013
from fer_core.data.synthetic.dataset import write_synthetic
from fer_core.errors import RunError
from fer_core.runs import store
from fer_core.runs.store import Predictions, Run
from tests.builders import make_run, with_config
from tests.e2e.app import EXCEPTION, AppServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGE_OF_IMAGES = 12
SLOW = 240_000
"""Milliseconds to wait on a busy machine."""
FACES = '[class*="st-key-gallery-"] button img'


@dataclass(frozen=True)
class Shown:
    """A server on one data set and one run."""

    url: str
    data: Path
    run: Run

    def images_in(self, true: str, predicted: str) -> list[str]:
        """Paths in a cell by the run's file alone, the most confident answer first."""
        with np.load(self.run.folder / "predictions.npz") as file:
            inside = (
                (file["split"] == "test")
                & (file["y_true"] == CLASS_INDEX[true])
                & (file["y_score"].argmax(axis=1) == CLASS_INDEX[predicted])
            )
            image_paths, confidence = file["path"][inside], file["y_score"][inside].max(axis=1)
        return image_paths[np.argsort(-confidence, kind="stable")].tolist()


def drawn_run(folder: Path) -> tuple[Run, Path]:
    """A run `drawn` and its data set of drawn faces; it takes most happy faces for sad."""
    data = folder / "data"
    write_synthetic(data, train_per_class=8, test_per_class=30, seed=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(paths.CACHE_DIR_VARIABLE, str(folder / "cache"))
        dataset = fer2013.load(data)
    rng = np.random.default_rng(0)
    labels = dataset.test.labels
    answers = np.where(rng.random(len(labels)) < 0.6, labels, rng.integers(0, 7, len(labels)))
    happy = np.flatnonzero(labels == CLASS_INDEX["happy"])
    answers[happy[:20]] = CLASS_INDEX["sad"]
    scores = rng.dirichlet(np.ones(NUM_CLASSES), len(labels)).astype(np.float32)
    scores[np.arange(len(labels)), answers] += 1
    scores /= scores.sum(axis=1, keepdims=True)
    fake = make_run(folder / "runs", "drawn")
    run = with_config(
        fake,
        data_fingerprint=dataset.fingerprint,
        synthetic=False,
        temperature=1.4,
        abstain_below=0.6,
    )
    run.write_predictions(
        Predictions(dataset.test.paths, np.repeat(["test"], len(labels)), labels, scores)
    )
    return run, data


def real_run() -> Run | None:
    """The committed run `tiny`, where the data set that it was made with is here."""
    if not fer2013.is_available():
        return None
    try:
        run = store.get_run("tiny")
    except RunError:
        return None
    same = fer2013.load().fingerprint == run.config.data_fingerprint
    return run if same and run.has_predictions() else None


@pytest.fixture(scope="module")
def shown(browser: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    folder = tmp_path_factory.mktemp("evaluation")
    run, data, environment = real_run(), paths.data_dir(), {}
    if run is None:
        run, data = drawn_run(folder)
        environment = {
            paths.RUNS_DIR_VARIABLE: str(run.folder.parent),
            paths.DATA_DIR_VARIABLE: str(data),
            paths.CACHE_DIR_VARIABLE: str(folder / "cache"),
        }
    with AppServer(environment, log=folder / "server.log") as server:
        server.wait_until_up()
        yield Shown(server.url, data, run)


def open_page(page: "Page", shown: Shown, query: str = "") -> None:
    page.set_default_timeout(SLOW)
    page.goto(f"{shown.url}/evaluation?run={shown.run.run_id}{query}")
    wait_until_drawn(page, SLOW / 1000)
    page.locator(".st-key-taps-confusion .plot-container").wait_for()


def middle_of(page: "Page", true: str, predicted: str) -> tuple[float, float]:
    """The middle of a cell in the window, where Plotly says it is."""
    chart = page.locator(".st-key-taps-confusion .js-plotly-plot")
    chart.scroll_into_view_if_needed()
    x, y = chart.evaluate(
        """(chart, [true_, predicted]) => {
            const {xaxis, yaxis} = chart._fullLayout, box = chart.getBoundingClientRect();
            return [box.x + xaxis._offset + xaxis.d2p(predicted),
                    box.y + yaxis._offset + yaxis.d2p(true_)];
        }""",
        [true, predicted],
    )
    return x, y


def click_cell(page: "Page", true: str, predicted: str) -> None:
    x, y = middle_of(page, true, predicted)
    page.mouse.move(x - 3, y - 3)
    page.mouse.move(x, y)
    page.mouse.click(x, y)


def heading_of(page: "Page", words: str) -> "Locator":
    """What stands over the faces, by its count: the list of cells has the same words."""
    return page.get_by_text(re.compile(rf"^[\d,]+ {words}"))


def shown_paths(page: "Page") -> list[str]:
    """Paths of the faces on show, from what is read to those who cannot see them."""
    wait_until_drawn(page, SLOW / 1000)  # the count over them arrives before the faces
    described = page.locator(FACES).evaluate_all("all => all.map(image => image.alt)")
    return [text.split(" ")[-1] for text in described]


def test_a_click_shows_the_images_that_the_predictions_say(page: "Page", shown: Shown) -> None:
    expected = shown.images_in("happy", "sad")
    assert len(expected) > PAGE_OF_IMAGES
    open_page(page, shown)

    click_cell(page, "happy", "sad")
    heading_of(page, "happy faces taken for sad").wait_for()
    assert shown_paths(page) == expected[:PAGE_OF_IMAGES]
    expect(page).to_have_url(re.compile("cell=happy-sad"))
    for path, source in zip(
        expected, page.locator(FACES).evaluate_all("all => all.map(image => image.src)")
    ):
        encoded = np.frombuffer(base64.b64decode(source.partition(",")[2]), np.uint8)
        pixels = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)
        file = cv2.imread(str(shown.data / path), cv2.IMREAD_GRAYSCALE)
        np.testing.assert_array_equal(pixels, file, err_msg=path)

    seen = shown_paths(page)
    while len(seen) < len(expected):
        page.get_by_role("button", name="Next page").click()
        page.get_by_text(f"{len(seen) + 1}–").wait_for()
        seen += shown_paths(page)
    assert seen == expected
    assert page.locator(EXCEPTION).count() == 0


def test_a_clicked_cell_survives_a_reload(page: "Page", shown: Shown) -> None:
    open_page(page, shown)
    click_cell(page, "happy", "sad")
    page.locator(FACES).first.wait_for()
    before = shown_paths(page)

    page.reload()
    wait_until_drawn(page, SLOW / 1000)
    page.locator(FACES).first.wait_for()
    assert shown_paths(page) == before
    expect(page).to_have_url(re.compile("cell=happy-sad"))


def test_the_list_of_a_cell_holds_its_probabilities(page: "Page", shown: Shown) -> None:
    expected = shown.images_in("happy", "sad")
    open_page(page, shown, "&cell=happy-sad")
    page.locator(FACES).first.wait_for()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download list (CSV)").click()
    rows = list(csv.DictReader(io.StringIO(waiting.value.path().read_text(encoding="utf-8"))))
    assert [row["path"] for row in rows] == expected
    with np.load(shown.run.folder / "predictions.npz") as file:
        places = [file["path"].tolist().index(path) for path in expected]
        scores = file["y_score"][places]
    told = [[float(row[name]) for name in CLASS_NAMES] for row in rows]
    np.testing.assert_allclose(told, scores, rtol=1e-5)


def test_a_link_opens_the_same_cell_and_other_clicks_follow(page: "Page", shown: Shown) -> None:
    open_page(page, shown, "&cell=happy-sad")
    page.locator(FACES).first.wait_for()
    assert shown_paths(page) == shown.images_in("happy", "sad")[:PAGE_OF_IMAGES]

    click_cell(page, "sad", "sad")
    heading_of(page, "sad faces recognized").wait_for()
    assert shown_paths(page) == shown.images_in("sad", "sad")[:PAGE_OF_IMAGES]

    click_cell(page, "happy", "sad")
    heading_of(page, "happy faces taken for sad").wait_for()
    assert shown_paths(page) == shown.images_in("happy", "sad")[:PAGE_OF_IMAGES]


def test_the_keyboard_chooses_a_cell(page: "Page", shown: Shown) -> None:
    open_page(page, shown)
    page.get_by_role("combobox", name="Faces of a cell").focus()
    page.keyboard.type("happy disg")
    page.keyboard.press("Enter")

    heading_of(page, "happy faces taken for disgusted").wait_for()
    expect(page).to_have_url(re.compile("cell=happy-disgusted"))


def test_coming_back_finds_the_page_as_it_was_left(page: "Page", shown: Shown) -> None:
    open_page(page, shown, "&order=Least confident")
    click_cell(page, "happy", "sad")
    page.locator(FACES).first.wait_for()

    page.get_by_role("link", name="About").click()
    page.get_by_role("heading", name="About").wait_for()
    wait_until_drawn(page, SLOW / 1000)
    page.go_back()

    heading_of(page, "happy faces taken for sad").wait_for()
    expect(page).to_have_url(re.compile(r"order=Least\+confident&cell=happy-sad"))


def test_matrix_table_and_wrong_faces_stand_wholly_in_the_first_screen(
    page: "Page", shown: Shown
) -> None:
    open_page(page, shown)

    page.locator(".st-key-gallery-worst button").first.wait_for()
    parts = (".st-key-taps-confusion", '[data-testid="own_table"]', ".st-key-gallery-worst")
    for part in parts:
        box = page.locator(part).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 800, part


def test_under_a_notice_the_matrix_still_ends_in_the_first_screen(
    page: "Page", shown: Shown
) -> None:
    open_page(page, shown)
    page.locator(".st-key-question").evaluate(
        """row => row.parentElement.insertAdjacentHTML("afterend",
            '<div data-testid="stAlert" style="height: 54px; flex: none"></div>')"""
    )

    cells = page.locator(".st-key-taps-confusion .heatmaplayer")
    page.wait_for_function(
        """() => document.querySelector(".st-key-taps-confusion .heatmaplayer")
            .getBoundingClientRect().bottom <= 800"""
    )
    box = cells.bounding_box()
    assert box is not None
    assert box["height"] > 220


def test_back_leaves_the_cell_that_a_click_opened(page: "Page", shown: Shown) -> None:
    open_page(page, shown)
    click_cell(page, "happy", "sad")
    expect(page).to_have_url(re.compile("cell=happy-sad"))

    page.go_back()

    page.locator('[data-testid="own_table"]').wait_for()
    expect(page).not_to_have_url(re.compile("cell="))


def test_faces_stand_in_full_rows(page: "Page", shown: Shown) -> None:
    open_page(page, shown, "&cell=happy-sad")
    for width in (1280, 1920, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.locator(FACES).first.wait_for()
        tops = page.locator(FACES).evaluate_all(
            "all => all.map(image => Math.round(image.getBoundingClientRect().top))"
        )
        assert len(tops) == PAGE_OF_IMAGES
        assert len({tops.count(top) for top in tops}) == 1, width


def test_a_title_of_two_lines_leaves_the_matrix_above_its_caption(
    page: "Page", shown: Shown
) -> None:
    open_page(page, shown)
    title = page.locator(".st-key-taps-confusion p").first
    title.evaluate("title => title.append(' and another that needs a second line of the title')")

    matrix = page.locator(".st-key-taps-confusion .heatmaplayer").bounding_box()
    caption = page.get_by_text("Rows: true class.").bounding_box()
    assert matrix is not None
    assert caption is not None
    assert matrix["y"] + matrix["height"] <= caption["y"]


@pytest.fixture
def phone(browser: "Browser") -> "Iterator[Page]":
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True
    )
    yield context.new_page()
    context.close()


def test_a_tap_on_a_phone_brings_the_faces_of_that_cell_into_view(
    phone: "Page", shown: Shown
) -> None:
    open_page(phone, shown)
    headers = phone.locator(".st-key-taps-confusion .xaxislayer-above .xtick text")
    boxes = [box for header in headers.all() if (box := header.bounding_box())]
    assert len(boxes) == NUM_CLASSES
    for left, right in pairwise(boxes):
        assert left["x"] + left["width"] <= right["x"], "Column headers overlap."
    matrix = phone.locator(".st-key-taps-confusion .heatmaplayer").bounding_box()
    assert matrix is not None
    assert matrix["x"] + matrix["width"] <= 390

    phone.touchscreen.tap(*middle_of(phone, "happy", "sad"))

    heading = heading_of(phone, "happy faces taken for sad")
    heading.wait_for()
    expect(heading).to_be_in_viewport()
    expect(phone.locator(FACES).first).to_be_in_viewport()


def test_a_face_of_a_cell_opens_in_the_viewer(page: "Page", shown: Shown) -> None:
    expected = shown.images_in("happy", "sad")
    open_page(page, shown, "&cell=happy-sad")
    page.locator(FACES).first.click()

    viewer = page.get_by_role("dialog")
    viewer.get_by_text(expected[0]).first.wait_for()
    page.keyboard.press("ArrowRight")
    viewer.get_by_text(expected[1]).first.wait_for()
