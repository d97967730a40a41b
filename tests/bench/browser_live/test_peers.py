"""Other libraries are fetched once, by npm, and what keeps them away is told."""

import stat
import urllib.request
from pathlib import Path

import pytest

from fer_core.bench.browser_live import peers
from fer_core.bench.browser_live.peers import PEERS, PeersError, fetch_peers, serve_peers


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def _npm(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """An npm that does this, alone on the path; returns the file that counts its calls."""
    calls = folder / "calls"
    npm = folder / "npm"
    npm.write_text(f"#!/bin/sh\necho called >> {calls}\n{script}\n", encoding="utf-8")
    npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))
    return calls


def test_without_npm_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PeersError, match="npm is not installed"):
        fetch_peers()


def test_what_npm_says_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _npm(tmp_path, monkeypatch, "echo 'npm error no network' >&2; exit 1")
    with pytest.raises(PeersError, match="npm error no network"):
        fetch_peers()


def test_a_silent_npm_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _npm(tmp_path, monkeypatch, "exec /bin/sleep 30")
    monkeypatch.setattr(peers, "_MINUTES", 0.005)
    with pytest.raises(PeersError, match="did not fetch them within"):
        fetch_peers()


def test_they_are_fetched_once_and_again_in_other_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = _npm(tmp_path, monkeypatch, "exit 0")
    assert fetch_peers() == fetch_peers()
    assert calls.read_text(encoding="utf-8").count("called") == 1
    monkeypatch.setattr(peers, "PACKAGES", ("@vladmandic/human@3.3.7",))
    fetch_peers()
    assert calls.read_text(encoding="utf-8").count("called") == 2


def test_pages_and_libraries_are_served(tmp_path: Path) -> None:
    library = tmp_path / "node_modules" / "some" / "library.js"
    library.parent.mkdir(parents=True)
    library.write_text("export default 1;", encoding="utf-8")
    with serve_peers(tmp_path) as url:
        assert _read(f"{url}node_modules/some/library.js") == "export default 1;"
        assert "Start camera" in _read(f"{url}?human")
        for module in PEERS:
            assert "create" in _read(f"{url}{module}.js")


def _read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())
