"""The dashboard's benchmark: its verdicts, and what it says when it cannot run."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING
from unittest.mock import MagicMock

import pytest
from rich.console import Console

from fer_core.bench import app, browser
from fer_core.bench.app import Measurement, table_of
from fer_core.bench.server import ServerError
from tests.e2e.app import AppServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_table_says_which_targets_are_met() -> None:
    out = io.StringIO()
    rows = [
        Measurement("First page", 2.5, 3.0, "s"),
        Measurement("Memory", 500.4, 450.0, "MB"),
        Measurement("Server up", 4.0, None, "s"),
    ]
    Console(file=out, width=100).print(table_of(rows))
    lines = {line.split()[0]: line for line in out.getvalue().splitlines() if line.strip()}
    assert "met" in lines["First"]
    assert "missed" in lines["Memory"]
    assert "500 MB" in lines["Memory"]
    assert "met" not in lines["Server"]


@pytest.mark.browser
@pytest.mark.long
def test_the_first_page_is_measured_beside_an_empty_one(
    browser: "Browser", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_FIRST_ROUNDS", 1)
    found = {item.name: item for item in app._measure_first_pages(browser)}
    said = found["Words of Overview"].value - found["Words of an empty Streamlit page"].value
    assert found["Words of Overview after those"].value == pytest.approx(said)
    assert found["All charts of Overview"].value >= found["Words of Overview"].value > 0
    assert found["All charts of Overview after that"].target == app.CHARTS_SECONDS


def test_a_server_that_dies_is_noticed_at_once(tmp_path: Path) -> None:
    server = AppServer(prefix=(sys.executable, "-c", "raise SystemExit(3)"))
    with server, pytest.raises(ServerError, match="ended while starting"):
        server.wait_until_up()
    with pytest.raises(ServerError, match="not running"):
        _ = server.pid
    server.stop()


def test_a_missing_browser_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("playwright")
    monkeypatch.setattr(browser, "find_chromium", lambda: None)
    with pytest.raises(browser.BrowserError, match="FER_CHROMIUM"), browser.open_browser():
        pass


def _measured_memory(monkeypatch: pytest.MonkeyPatch, runs: list[object]) -> tuple[str, int]:
    """Name of the last figure and the number of uploads, with a page that shows nothing."""
    uploads: list[str] = []
    for name in ("AppServer", "open_browser"):
        monkeypatch.setattr(app, name, MagicMock())
    monkeypatch.setattr(app, "wait_until_charts_drawn", lambda page: None)
    for name in ("first_pages", "switches", "shifts", "openings"):
        monkeypatch.setattr(app, f"_measure_{name}", lambda *given: [])
    monkeypatch.setattr(app, "list_runs", lambda: runs)
    monkeypatch.setattr(app, "upload_a_face", lambda page, url: uploads.append(url))
    return app.measure()[-1].name, len(uploads)


def test_a_model_is_found_by_its_file_however_slowly_the_page_is_drawn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model = tmp_path / "model.onnx"
    runs: list[object] = [SimpleNamespace(onnx_path=model)]
    assert _measured_memory(monkeypatch, runs) == ("Memory (no model to load)", 0)
    model.touch()
    assert _measured_memory(monkeypatch, runs) == ("Memory after an upload, model loaded", 1)
