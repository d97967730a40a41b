"""What all tests of pages share."""

import functools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner

from fer_core import paths
from tests.pages.offered import Offered

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session", autouse=True)
def _components_are_looked_for_once() -> Iterator[None]:
    """Each AppTest looks through every installed package for components, 0.2 s a time."""
    scan = functools.cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(scope="module")
def tab(browser: "Browser") -> "Iterator[Page]":
    """A tab of the browser, for the tests of one file."""
    opened = browser.new_page()
    yield opened
    opened.close()


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], set[Path]]:
    """What lies in the test's folder, in which are now the working folder, the cache and the
    folder for temporary files.
    """
    for name in ("cache", "temporary"):
        (tmp_path / name).mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return lambda: set(tmp_path.rglob("*"))


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> dict[str, Offered]:
    """What the buttons of the page would save, by their keys; they are not drawn."""
    found: dict[str, Offered] = {}

    def button(
        label: str, data: object, file_name: str, *_: object, key: str = "", **__: object
    ) -> None:
        found[key or label] = Offered(file_name, data)

    monkeypatch.setattr(st, "download_button", button)
    return found
