"""The Dataset page in a browser: drawn faces, one of them in both train and test, and two runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fer_core.bench.browser import wait_until_drawn

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

SLOW = 120_000
"""Milliseconds to wait on a busy machine."""
COPY, ORIGINAL = "test/happy/im9.png", "train/sad/im0.png"
ANSWERED = {"first": ("happy", 0.7), "second": ("sad", 0.55)}
"""What each run answers to `COPY`, and how sure it is."""


@dataclass(frozen=True)
class Shown:
    """A server, the paths of its test images, and the folder in which its data set lies."""

    url: str
    test_paths: list[str]
    folder: Path


def open_page(page: "Page", url: str, query: str = "") -> None:
    page.set_default_timeout(SLOW)
    page.goto(f"{url}/dataset{query}")
    wait_until_drawn(page, SLOW / 1000)


def gallery(page: "Page") -> "Locator":
    """The images that can be chosen."""
    return page.locator('[class*="st-key-gallery-"] button')
