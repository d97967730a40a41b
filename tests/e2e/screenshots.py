"""Pictures of every page for the README.

    python -m tests.e2e.screenshots docs

No image of the data set appears in them: the server sees drawn faces only, and the
photograph on the Upload page, and before the Live page's camera, is scikit-image's astronaut. The
runs are the real ones.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from fer_core import paths
from fer_core.bench.browser import open_browser, page_addresses, wait_until_drawn
from fer_core.bench.film import camera_arguments, write_film
from fer_core.data.synthetic.dataset import write_synthetic
from fer_core.errors import FerError
from tests.e2e.app import EXCEPTION, AppServer
from tests.e2e.conftest import lend_runtime
from tests.yunet import YUNET

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIZE = {"width": 1280, "height": 800}
QUERIES = {"Upload": "?sample=astronaut"}


def take_screenshots(target: Path) -> list[Path]:
    """Writes `<page>.png` for each page into `target`.

    Raises:
        FerError: a page shows an exception, or there is no browser.
    """
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_synthetic(folder / "data", train_per_class=120, test_per_class=30, seed=0)
        environment = {
            paths.DATA_DIR_VARIABLE: str(folder / "data"),
            paths.CACHE_DIR_VARIABLE: str(folder / "cache"),
        }
        if YUNET.exists() and paths.DETECTOR_VARIABLE not in os.environ:
            environment[paths.DETECTOR_VARIABLE] = str(YUNET)
        lend_runtime(folder / "cache")
        camera = camera_arguments(write_film(folder / "camera.y4m"))
        with AppServer(environment) as server, open_browser(camera) as browser:
            server.wait_until_up()
            page = browser.new_page(viewport=SIZE, color_scheme="light")  # type: ignore[arg-type]
            page.goto(server.url)
            wait_until_drawn(page)
            files = []
            for title, address in page_addresses(page).items():
                page.goto(address.split("?")[0] + QUERIES.get(title, ""))
                wait_until_drawn(page)
                page.wait_for_load_state("networkidle")
                page.wait_for_timeout(1500)  # charts fade in
                bars = page.locator("table.fer-bars")
                if title in QUERIES and bars.count():
                    bars.scroll_into_view_if_needed()
                    page.wait_for_timeout(500)
                if title == "Live":
                    _play(page)
                if page.locator(EXCEPTION).count():
                    raise FerError(f"The page '{title}' shows an exception. Open it to see why.")
                files.append(target / f"{title.lower().replace(' ', '_')}.png")
                page.screenshot(path=files[-1])
    return files


def _play(page: "Page") -> None:
    """Starts the camera and waits until the timeline has something to show."""
    page.get_by_role("button", name="Start camera").click()
    page.get_by_text("Read by").wait_for()
    page.wait_for_timeout(12_000)


if __name__ == "__main__":
    for file in take_screenshots(Path(sys.argv[1] if len(sys.argv) > 1 else "docs")):
        print(file)
