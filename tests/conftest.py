"""What tests of several packages share."""

import gc
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from fer_core.bench.browser import BrowserError, open_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Threads of scikit-learn and NumPy wait in a loop for the cores that other tests have: a map of
# thirty faces took 13 s of two busy cores, and takes 1 s.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
gc.disable()


def pytest_collection_finish() -> None:
    """What was imported and collected stays: looking through it for garbage again and again
    takes a sixth of the time of a test.
    """
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """One headless Chromium a test process: Playwright starts only once in each."""
    try:
        with open_browser() as opened:
            yield opened
    except BrowserError as exc:
        pytest.skip(str(exc))


@pytest.fixture(scope="session", autouse=True)
def _files_wait_for_no_disk() -> Iterator[None]:
    """Flushing to the disk guards against a loss of power, which no test has; it takes 3 ms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield
