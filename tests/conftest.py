"""What tests of several packages share."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fer_core import paths
from fer_core.bench.browser import CHROMIUM_VARIABLE, BrowserError, open_browser
from fer_core.inference.live import web_runtime
from tests.committed import COMMITTED
from tests.yunet import YUNET

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


@pytest.fixture(scope="session", autouse=True)
def committed_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The runs folder of tests that name none: the committed runs alone. Nothing else that whoever
    runs the tests keeps or has set is read or changed; of their cache, only what was fetched is.
    """
    home = tmp_path_factory.mktemp("home")
    lent = {home / "runs" / run.name: run for run in COMMITTED}
    lent[home / "cache" / "models" / YUNET.name] = YUNET
    lent[home / "cache" / "live"] = web_runtime.folder().parent
    for link, kept in lent.items():
        link.parent.mkdir(parents=True, exist_ok=True)
        if kept.exists():
            link.symlink_to(kept)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("FER_")]:
            if name != CHROMIUM_VARIABLE:
                patch.delenv(name)
        patch.setenv(paths.RUNS_DIR_VARIABLE, str(home / "runs"))
        patch.setenv(paths.CACHE_DIR_VARIABLE, str(home / "cache"))
        yield home / "runs"
