"""What tests of several packages share."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from fer_core.bench.browser import BrowserError, open_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """One headless Chromium a test process: Playwright starts only once in each."""
    try:
        with open_browser() as opened:
            yield opened
    except BrowserError as exc:
        pytest.skip(str(exc))
