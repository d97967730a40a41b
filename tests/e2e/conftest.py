"""The dashboard in a process of its own, and a browser to look at it."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from skimage import data, io

from fer_core import paths
from fer_core.bench.browser import open_browser, wait_until_drawn
from fer_core.bench.browser_live.play import WATCH
from fer_core.bench.film import camera_arguments, write_film
from fer_core.inference.live import web_runtime
from tests.builders import make_map, make_run
from tests.e2e.app import AppServer
from tests.yunet import YUNET, yunet_or_skip

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

RETRIES_VARIABLE = "BROWSER_TEST_RETRIES"
"""How often a browser test that fails is tried again; `.ci/run` sets it. The summary names them."""
PATIENCE = 90_000
"""Milliseconds that a page may take where other tests compute meanwhile.

A page that is being drawn anew shows the old beside the new for a moment: tests `expect`
what it comes to show, or wait until it is drawn, before they assert.
"""
MOST_SHIFT = 0.1
"""Cumulative layout shift that still counts as good (web.dev/articles/cls)."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    retries = int(os.environ.get(RETRIES_VARIABLE, "0"))
    here = Path(__file__).parent
    for item in items:
        if retries and here in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=retries))


def environment(folder: Path) -> dict[str, str]:
    """Variables of a server with two fake runs, no data set, and a cache in `folder`."""
    runs = folder / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    make_run(runs, "report-baseline", accuracy=0.55)
    make_map(make_run(runs, "compact", accuracy=0.5, seed=1))
    chosen = {
        paths.RUNS_DIR_VARIABLE: str(runs),
        paths.CACHE_DIR_VARIABLE: str(folder / "cache"),
        paths.DATA_DIR_VARIABLE: str(folder / "no-data"),
    }
    lend_runtime(folder / "cache")
    return chosen | ({paths.DETECTOR_VARIABLE: str(YUNET)} if YUNET.exists() else {})


def lend_runtime(cache: Path) -> None:
    """Has a server with this cache folder find what browsers read faces with, where it is here."""
    cache.mkdir(exist_ok=True)
    if web_runtime.is_there():
        with suppress(FileExistsError):
            (cache / "live").symlink_to(web_runtime.folder().parent)


@pytest.fixture(scope="session")
def server(browser: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    folder = tmp_path_factory.mktemp("app")
    with AppServer(environment(folder), log=folder / "server.log") as running:
        running.wait_until_up()
        yield running


@pytest.fixture(scope="session")
def context(browser: "Browser") -> "Iterator[BrowserContext]":
    """A desktop window; its pages share a cache, so scripts are fetched once."""
    expect.set_options(timeout=PATIENCE)
    opened = browser.new_context(viewport={"width": 1280, "height": 800})
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()


@pytest.fixture
def page(context: "BrowserContext") -> "Iterator[Page]":
    """An empty browser page at 1280x800."""
    opened = context.new_page()
    yield opened
    opened.close()


@pytest.fixture
def upload_page(page: "Page", server: AppServer) -> "Page":
    """The Upload page, ready for a picture."""
    page.goto(f"{server.url}/upload")
    page.get_by_text("Drop pictures").wait_for()
    wait_until_drawn(page)
    return page


@pytest.fixture(scope="session")
def astronaut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photograph with one face, as a PNG file."""
    file = tmp_path_factory.mktemp("pictures") / "astronaut.png"
    io.imsave(file, data.astronaut(), check_contrast=False)
    return file


@pytest.fixture(scope="session")
def camera(
    browser: "Browser", tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[Callable[[int], Browser]]":
    """Browsers with a camera of 30 pictures a second, by how many faces it shows: 0, 1 or 2."""
    folder = tmp_path_factory.mktemp("camera")
    with ExitStack() as opened:

        @cache
        def browser_with(faces: int) -> "Browser":
            film = write_film(folder / f"{faces}.y4m", faces)
            return opened.enter_context(open_browser(camera_arguments(film)))

        yield browser_with


@pytest.fixture
def camera_page(camera: "Callable[[int], Browser]") -> "Iterator[Page]":
    """As `page`, with a camera that shows one face; `camera(2).new_page()` shows two."""
    expect.set_options(timeout=PATIENCE)
    opened = camera(1).new_page(viewport={"width": 1280, "height": 800})
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()


def skip_without_reader() -> None:
    """Skips where a browser would find no detector or no runtime to read faces with."""
    yunet_or_skip()
    if not web_runtime.is_there():
        pytest.skip("no copy of ONNX Runtime Web: run `python -m fer_core live fetch`")


@pytest.fixture
def live_page(camera_page: "Page", server: AppServer) -> "Page":
    """The Live page in the browser mode, watched by `watched`, ready to start its camera."""
    skip_without_reader()
    camera_page.add_init_script(WATCH)
    camera_page.goto(f"{server.url}/live")
    wait_until_drawn(camera_page)
    return camera_page
