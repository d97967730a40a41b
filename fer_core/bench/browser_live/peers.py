"""Other libraries that read expressions in a browser, to measure beside the product's own page.

They come from npm, into the cache folder, when they are measured first; each reads the same
camera with TensorFlow.js' WASM backend on one thread (`peers/`), its face detector and its
emotion network alone.
"""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from fer_core import paths
from fer_core.errors import FerError

PACKAGES = (
    "@vladmandic/human@3.3.6",
    "@vladmandic/face-api@1.7.15",
    "@tensorflow/tfjs-backend-wasm@4.22.0",
)
PEERS = {
    "human": "human 3.3.6",
    "face_api_tiny": "face-api 1.7.15, tiny detector",
    "face_api": "face-api 1.7.15, its default",
}
"""Modules of `peers/` and what they are called."""
PAGES = Path(__file__).with_name("peers")
_MINUTES = 5


class PeersError(FerError):
    """The other libraries cannot be had."""


def fetch_peers() -> Path:
    """The folder that holds `node_modules`, filled by npm where it is not yet.

    Raises:
        PeersError: there is no npm, or it could not fetch the packages.
    """
    folder = paths.cache_dir() / "browser-peers"
    complete = folder / "complete"
    if complete.exists() and complete.read_text(encoding="utf-8").split() == list(PACKAGES):
        return folder
    npm = shutil.which("npm")
    if npm is None:
        raise PeersError("npm is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--no-package-lock")
    try:
        done = subprocess.run(
            [npm, "install", *options, "--prefix", str(folder), *PACKAGES],
            capture_output=True,
            encoding="utf-8",
            timeout=60 * _MINUTES,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        raise PeersError(f"npm did not fetch them within {_MINUTES} minutes") from exc
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        raise PeersError(f"npm could not fetch them: {lines[0]}")
    complete.write_text("\n".join(PACKAGES), encoding="utf-8")
    return folder


@contextmanager
def serve_peers(folder: Path) -> Iterator[str]:
    """The address of a local server of the pages; `?human` and so on choose the library."""
    handler = partial(_Handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://localhost:{server.server_port}/"
        finally:
            server.shutdown()


class _Handler(SimpleHTTPRequestHandler):
    """Serves `/node_modules/` from its folder, and all else from `PAGES`."""

    def translate_path(self, path: str) -> str:
        inside = super().translate_path(path)
        if path.startswith("/node_modules/"):
            return inside
        return str(PAGES / Path(inside).relative_to(self.directory))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""
