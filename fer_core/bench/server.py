"""The dashboard in a separate process, for measuring and for browser tests.

with AppServer() as server:
    server.wait_until_up()
    print(server.url, server.memory_mb())
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from fer_core.errors import FerError
from fer_core.paths import PROJECT_ROOT, named

APP = PROJECT_ROOT / "app.py"
_STOP_SECONDS = 5.0


class ServerError(FerError):
    """The dashboard's process did not start or went away."""


class AppServer:
    """Starts `streamlit run app.py` on a free local port and ends it by its own process id.

    The variables `environment` are added to those of this process; `script` runs another app.

    Attributes:
        command: what starts it.
        output: where what it prints goes, as of `subprocess.Popen`.
        started: `time.perf_counter()` when the process was started, in seconds.
    """

    def __init__(self, environment: Mapping[str, str] | None = None, script: Path = APP) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.command = [
            *(sys.executable, "-m", "streamlit", "run", str(script)),
            *("--server.port", str(self.port), "--server.address", "localhost"),
            *("--server.headless", "true", "--server.fileWatcherType", "none"),
            *("--browser.gatherUsageStats", "false"),
        ]
        self.output: int | IO[bytes] = subprocess.DEVNULL
        self.started = 0.0
        self._environment = {**os.environ, **named(), **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "AppServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Process id of the server; raises `ServerError` where it is not running."""
        if self._process is None or self._process.poll() is not None:
            raise ServerError("The dashboard is not running. Start it first, or read its log.")
        return self._process.pid

    def start(self) -> None:
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            self.command,
            cwd=PROJECT_ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
        )

    def wait_until_up(self, timeout: float = 60.0) -> float:
        """Seconds from the process's start to its first healthy answer; raises `ServerError` where
        it ended, or did not answer within `timeout` seconds from now.
        """
        deadline = time.perf_counter() + timeout
        while time.perf_counter() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise ServerError(
                    "The dashboard ended while starting. Run `streamlit run app.py` to see why."
                )
            with suppress(OSError):  # not listening yet
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1).close()
                return time.perf_counter() - self.started
            time.sleep(0.02)
        raise ServerError(f"The dashboard did not answer within {timeout:.0f} seconds.")

    def memory_mb(self) -> float:
        """Resident memory of the server and its children, in MB (10**6 bytes)."""
        import psutil

        process = psutil.Process(self.pid)
        processes = [process, *process.children(recursive=True)]
        return float(sum(p.memory_info().rss for p in processes)) / 1e6

    def stop(self) -> None:
        """Ends the server, if it still runs."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
