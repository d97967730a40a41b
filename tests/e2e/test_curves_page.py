"""The list of runs beside the curves, and the map of faces, in a real browser."""

import os
import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from fer_core import paths
from fer_core.bench.browser import wait_until_drawn
from fer_core.runs.store import Run, State, Status, utc_now
from tests.builders import make_run, with_config
from tests.e2e.app import AppServer

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAMES = ".st-key-accuracy_curves .annotation-text"


@pytest.fixture
def curves(page: "Page", server: AppServer) -> "Page":
    page.goto(f"{server.url}/curves")
    page.locator(NAMES).first.wait_for()
    wait_until_drawn(page)
    return page


def listed(page: "Page") -> list[str]:
    """The names in the list, from the top."""
    return page.locator(".st-key-runs-beside tbody .name").all_text_contents()


def eye(page: "Page", name: str) -> "Locator":
    return page.get_by_role("button", name=f"Show {name}", exact=True)


def test_an_eye_shows_and_hides_a_run_and_the_address_says_so(curves: "Page") -> None:
    drawn = curves.locator(NAMES)
    assert sorted(drawn.all_text_contents()) == ["report-baseline", "the student report"]

    eye(curves, "compact").click()
    expect(drawn).to_have_text([re.compile(".+")] * 3)
    expect(eye(curves, "compact")).to_have_attribute("aria-pressed", "true")
    expect(curves).to_have_url(re.compile("runs=compact"))

    eye(curves, "the student report").focus()
    curves.keyboard.press("Enter")
    expect(drawn).to_have_text([re.compile(".+")] * 2)
    expect(eye(curves, "the student report")).to_be_focused()
    wait_until_drawn(curves)

    curves.go_back()
    expect(eye(curves, "the student report")).to_have_attribute("aria-pressed", "true")
    expect(drawn).to_have_text([re.compile(".+")] * 3)
    curves.go_forward()
    expect(eye(curves, "the student report")).to_have_attribute("aria-pressed", "false")
    expect(drawn).to_have_text([re.compile(".+")] * 2)

    curves.reload()
    expect(drawn).to_have_text([re.compile(".+")] * 2)
    assert sorted(drawn.all_text_contents()) == ["compact", "report-baseline"]


def test_hidden_runs_stay_hidden_after_a_reload(curves: "Page") -> None:
    for name in ("report-baseline", "the student report"):
        eye(curves, name).click()
        expect(eye(curves, name)).to_have_attribute("aria-pressed", "false")
    curves.get_by_text("Show a run by its eye").wait_for()
    expect(curves).to_have_url(re.compile("runs=none"))

    curves.reload()
    curves.get_by_text("Show a run by its eye").wait_for()
    expect(eye(curves, "the student report")).to_have_attribute("aria-pressed", "false")


def test_the_list_is_sorted_and_searched(curves: "Page") -> None:
    heading = curves.get_by_role("button", name="Run", exact=True)
    heading.click()
    assert listed(curves) == ["compact", "report-baseline", "the student report"]
    heading.click()
    assert listed(curves) == ["the student report", "report-baseline", "compact"]
    curves.get_by_role("button", name="Test", exact=True).click()
    assert listed(curves)[0] != "compact", "The highest comes first."

    search = curves.get_by_role("searchbox", name="Search runs")
    search.fill("COMP")
    assert listed(curves) == ["compact"]
    search.fill("nothing like it")
    expect(curves.get_by_text("No run matches.")).to_be_visible()


def test_one_box_tells_the_epoch_and_every_run(curves: "Page") -> None:
    plot = curves.locator(".st-key-accuracy_curves .nsewdrag")
    plot.hover(position={"x": 20, "y": 60})

    box = curves.locator(".st-key-accuracy_curves .hoverlayer")
    expect(box).to_contain_text(re.compile(r"epoch \d"))
    expect(box).to_contain_text("report-baseline: ")
    expect(box).to_contain_text("the student report: ")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_names_beside_the_plot_are_readable_and_apart(curves: "Page", scheme: "str") -> None:
    curves.emulate_media(color_scheme=scheme)
    curves.wait_for_function(
        "dark => getComputedStyle(document.querySelector('.stApp')).colorScheme === dark",
        arg=scheme,
    )
    ratios = curves.evaluate(
        """names => {
          const parts = color => color.match(/[\\d.]+/g).slice(0, 3).map(Number);
          const light = color => parts(color).map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const page = light(getComputedStyle(document.querySelector('.stApp')).backgroundColor);
          return [...document.querySelectorAll(names)].map(name => {
            const text = light(getComputedStyle(name).fill);
            return (Math.max(page, text) + 0.05) / (Math.min(page, text) + 0.05);
          });
        }""",
        NAMES,
    )
    assert ratios
    assert min(ratios) >= 4.5
    boxes = [name.bounding_box() for name in curves.locator(NAMES).all()]
    tops = sorted(box["y"] for box in boxes)
    assert all(lower - upper >= 12 for upper, lower in pairwise(tops))


@pytest.fixture
def growing(server: AppServer) -> Iterator[Run]:
    """A run in training that has three of eleven epochs."""
    made = make_run(Path(server.environment[paths.RUNS_DIR_VARIABLE]), "growing")
    train = made.config.train.model_copy(update={"epochs": 11})
    run = with_config(made, train=train)
    going = {"pid": os.getpid(), "heartbeat": utc_now()}
    run.write_status(Status(state=State.RUNNING, epoch=3, epochs=11, **going))
    yield run
    shutil.rmtree(run.folder)


def test_a_run_in_training_grows_by_itself(page: "Page", server: AppServer, growing: Run) -> None:
    page.goto(f"{server.url}/curves?runs=growing")
    expect(page.get_by_text("growing, 3 of 11 epochs")).to_be_visible()
    rows = growing.history().to_dict("records")
    growing.write_history([*rows, rows[-1] | {"epoch": 4}])

    expect(page.get_by_text("growing, 4 of 11 epochs")).to_be_visible()
    expect(page.locator(".st-key-runs-beside").get_by_text("4/11")).to_be_visible()


def test_on_a_phone_the_list_stands_above_the_charts(curves: "Page") -> None:
    curves.set_viewport_size({"width": 390, "height": 844})
    curves.wait_for_timeout(500)
    beside = curves.locator(".st-key-runs-beside").bounding_box()
    chart = curves.locator(".st-key-accuracy_curves").bounding_box()

    assert beside["y"] + beside["height"] <= chart["y"]
    assert chart["y"] < 844, "The first chart begins on the first screen."
    assert curves.evaluate("document.documentElement.scrollWidth") <= 390


def test_faces_that_are_drawn_around_are_counted(page: "Page", server: AppServer) -> None:
    page.goto(f"{server.url}/evaluation?section=Map&run=compact")
    plot = page.locator(".st-key-face_map .nsewdrag").first
    plot.wait_for()
    wait_until_drawn(page)
    expect(page.get_by_text("140 faces shown")).to_be_visible()
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    x, y, width, height = box["x"], box["y"], box["width"], box["height"]

    # Classes lie from left to right: around the left end, where the angry ones are.
    page.mouse.move(x + 1, y + 1)
    page.mouse.down()
    for right, down in ((0.12, 0.01), (0.12, 0.99), (0.01, 0.99), (0.01, 0.02)):
        page.mouse.move(x + right * width, y + down * height, steps=4)
    page.mouse.up()

    expect(page.get_by_text("20 faces selected").first).to_be_visible()
    expect(page.get_by_test_id("map-shares").get_by_role("rowheader")).to_have_text(["angry"])
