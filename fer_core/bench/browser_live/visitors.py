"""What many visitors who play live video in their own browsers cost the server."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fer_core.bench.browser import open_profile
from fer_core.bench.browser_live.play import PATIENCE, WARM_UP, WATCH, processor_seconds
from fer_core.bench.film import camera_arguments

if TYPE_CHECKING:
    from playwright.sync_api import Page


@dataclass(frozen=True)
class Visited:
    """What was measured.

    Attributes:
        visitors: whose pages were open together.
        playing: of them, how many read frames during the measurement.
        share: of a core that the server took while they played, 0-1.
    """

    visitors: int
    playing: int
    share: float


def visit(
    url: str,
    start: Callable[["Page"], None],
    *,
    visitors: int,
    film: Path,
    folder: Path,
    seconds: float,
    server: int,
) -> Visited:
    """Opens the page in as many windows, then starts all of them; arguments as of `play`."""
    with open_profile(folder, camera_arguments(film)) as browser:
        browser.add_init_script(WATCH)
        browser.set_default_timeout(5 * PATIENCE)
        pages = [browser.new_page() for _ in range(visitors)]
        for page in pages:
            page.goto(url)
            page.get_by_role("button", name="Start camera").wait_for()
        for page in pages:
            start(page)
        for page in pages:
            page.wait_for_function("watched.drawn > 0")
        pages[0].wait_for_timeout(1000 * WARM_UP)
        for page in pages:
            page.evaluate("watched.readings = []")
        began = processor_seconds(server)
        pages[0].wait_for_timeout(1000 * seconds)
        share = (processor_seconds(server) - began) / seconds
        playing = sum(page.evaluate("watched.readings.length") > 0 for page in pages)
    return Visited(visitors, playing, share)
