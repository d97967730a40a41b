"""Tiny data sets as files, as ZIPs and behind a server that answers as Kaggle does."""

import json
import threading
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np

from fer_core.classes import FACE_SIZE
from fer_core.data.layout import class_folders


def png(seed: int = 0, size: int = FACE_SIZE) -> bytes:
    """A gray PNG of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size, size), dtype=np.uint8)
    return cv2.imencode(".png", pixels)[1].tobytes()


def images(per_class: int = 1, seed: int = 0, size: int = FACE_SIZE) -> dict[str, bytes]:
    """Name -> PNG, for every class of both splits."""
    names = [f"{key}/im{number}.png" for key in class_folders() for number in range(per_class)]
    return {name: png(seed + index, size) for index, name in enumerate(names)}


def write_files(root: Path, files: dict[str, bytes]) -> Path:
    """Writes `files` beneath `root`."""
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def write_zip(path: Path, files: dict[str, bytes], prefix: str = "") -> Path:
    """Writes a ZIP of `files`, each name behind `prefix`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(prefix + name, data)
    return path


def read_files(root: Path) -> dict[str, bytes]:
    """Name -> content of every image in the data set at `root`."""
    paths = [path for path in root.rglob("*.png") if path.is_file()]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


@dataclass
class FakeKaggle:
    """A server on 127.0.0.1 with the two addresses that a download uses.

    Attributes:
        payload: the ZIP.
        etag: its version; no resuming when empty.
        statuses: answers of the API before it relents, one a request.
        codes: error codes in answers of status 200, one a request.
        breaks: bytes after which the connection is cut, one a transfer.
        reject_credentials: answer 401 to requests that carry any.
        slow: seconds between pieces of 1000 bytes.
        silent: accept requests and never answer.
    """

    payload: bytes
    etag: str = '"one"'
    statuses: list[int] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    reject_credentials: bool = False
    slow: float = 0.0
    silent: bool = False
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.released = threading.Event()
        handler = type("Handler", (_Handler,), {"kaggle": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    def ranges(self) -> list[str]:
        """The Range header of each transfer, empty where it had none."""
        return [headers.get("Range", "") for method, _, headers in self.requests if method == "GET"]


class _Handler(BaseHTTPRequestHandler):
    kaggle: FakeKaggle

    def do_POST(self) -> None:
        kaggle = self.kaggle
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kaggle.requests.append(("POST", self.path, dict(self.headers)))
        if kaggle.silent:
            kaggle.released.wait(30)
            return
        known = (
            self.path == "/v1/datasets.DatasetApiService/DownloadDataset"
            and json.loads(body).get("ownerSlug") == "ananthu017"
            and json.loads(body).get("datasetSlug") == "emotion-detection-fer"
        )
        if self.path == "/v1/users.AccountService/GenerateAccessToken":
            renewed = {"token": f"of {json.loads(body)['refreshToken']}", "expiresIn": 3600}
            self._answer(200, json.dumps(renewed).encode())
        elif not known:
            self._answer(404, b"{}")
        elif kaggle.reject_credentials and "Authorization" in self.headers:
            self._answer(401, b"{}")
        elif kaggle.codes:
            error = {"code": kaggle.codes.pop(0), "message": "no"}
            self._answer(200, json.dumps(error).encode(), "application/json")
        elif kaggle.statuses:
            self._answer(kaggle.statuses.pop(0), b'{"message": "no"}')
        else:
            self.send_response(302)
            self.send_header("Location", "/storage/archive.zip?signature=secret")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def do_GET(self) -> None:
        kaggle = self.kaggle
        kaggle.requests.append(("GET", self.path, dict(self.headers)))
        start = 0
        wanted = self.headers.get("Range", "")
        if wanted and self.headers.get("If-Range") == kaggle.etag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        data = kaggle.payload[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", "application/zip")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Accept-Ranges", "bytes")
        if kaggle.etag:
            self.send_header("ETag", kaggle.etag)
        self.end_headers()
        # A look at the headers, followed by a request for the rest, is no transfer to break.
        cut = kaggle.breaks.pop(0) if kaggle.breaks else len(data)
        data = data[:cut]
        try:
            for offset in range(0, len(data), 1000):
                self.wfile.write(data[offset : offset + 1000])
                self.wfile.flush()
                if kaggle.slow and kaggle.released.wait(kaggle.slow):
                    return
        except OSError:
            pass
        self.close_connection = True

    def _answer(self, status: int, body: bytes, kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keeps the test's output clean."""
