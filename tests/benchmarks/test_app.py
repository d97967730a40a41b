"""The dashboard's benchmark: its verdicts, and what it says when it cannot run."""

import io
import sys
from pathlib import Path

import pytest
from rich.console import Console

from fer_core.benchmarks import browser
from fer_core.benchmarks.app import Measurement, table_of
from fer_core.benchmarks.server import AppServer, ServerError


def test_table_says_which_targets_are_met() -> None:
    out = io.StringIO()
    rows = [
        Measurement("First page", 2.5, 3.0, "s"),
        Measurement("Memory", 500.4, 450.0, "MB"),
        Measurement("Server up", 4.0, None, "s"),
    ]
    Console(file=out, width=100).print(table_of(rows))
    lines = {line.split()[1]: line for line in out.getvalue().splitlines() if "│" in line}
    assert "met" in lines["First"]
    assert "missed" in lines["Memory"]
    assert "500 MB" in lines["Memory"]
    assert "met" not in lines["Server"]


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
