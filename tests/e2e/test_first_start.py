"""What a newcomer's terminal shows after `make app`, on a machine with a screen."""

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fer_core import paths
from fer_core.bench.server import free_port

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals.", allow_module_level=True)

PATIENCE = 60.0  # seconds


def test_the_first_start_in_a_terminal_asks_nothing(tmp_path: Path) -> None:
    terminal, other_end = os.openpty()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_")}
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "streamlit", "run", "app.py"),
            *("--server.address", "localhost", "--server.port", str(free_port())),
        ],
        stdin=other_end,
        stdout=other_end,
        stderr=other_end,
        cwd=paths.PROJECT_ROOT,
        # A screen, a home without Streamlit's files, and a browser that opens nothing.
        env=kept | {"DISPLAY": ":0", "HOME": str(tmp_path), "BROWSER": "true"},
    )
    try:
        said = _read_until(terminal, ("Email", "URL:"))
    finally:
        server.kill()
        server.wait()
        os.close(terminal)
        os.close(other_end)

    assert "Email" not in said
    assert "URL:" in said


def _read_until(terminal: int, words: tuple[str, ...]) -> str:
    """What the terminal shows until one of the words appears or patience ends."""
    said, until = "", time.monotonic() + PATIENCE
    while not any(word in said for word in words) and time.monotonic() < until:
        if select.select([terminal], [], [], 1)[0]:
            said += os.read(terminal, 4096).decode(errors="replace")
    return said
