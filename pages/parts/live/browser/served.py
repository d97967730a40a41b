"""The files that visitors' browsers read faces with, as this server gives them out.

Each has an address made of its content's checksum, `live-files/<sha256>/<name>`, so browsers may
keep it for ever. Only named files are served, whatever an address says: the runtime's, the
detector's, and the networks of runs.
"""

import gzip
import hashlib
import mimetypes
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fer_core.errors import FerError
from fer_core.inference import detector_file
from fer_core.inference.live import web_runtime
from fer_core.runs import store
from fer_core.runs.store import Run

_FOR_EVER = "public, max-age=31536000, immutable"
_LEVEL = 4
"""Of gzip: the runtime's 14.2 MB become 3.9 in a quarter of a second; the highest level makes 3.7
in three."""
_TYPES = {".mjs": "text/javascript", ".wasm": "application/wasm"}
_packing = threading.Lock()

File = dict[str, Any]
"""What the browser is told of a file: `url`, relative to the page where it is this server's;
`integrity`, its checksum as browsers write it; `size` in bytes.
"""


def described(url: str, sha256: str, size: int) -> File:
    """A file at an address, its checksum given in hexadecimal digits."""
    checksum = b64encode(bytes.fromhex(sha256)).decode()
    return {"url": url, "integrity": f"sha256-{checksum}", "size": size}


def runtime_file(name: str) -> File:
    """A file of the runtime, from this server's copy."""
    return _own(web_runtime.folder() / name, name)


def detector(file: Path) -> File:
    """The detector's file."""
    return _own(file, detector_file.FILE_NAME)


def network(run: Run) -> File:
    """The network of a run."""
    return _own(run.onnx_path, f"{run.run_id}.onnx")


def _own(path: Path, name: str) -> File:
    sha256 = _checksum(path)
    return described(f"./live-files/{sha256}/{name}", sha256, path.stat().st_size)


def answer(request: Request) -> Response:
    """The file that the address names, packed where the browser takes it; 404 for all else."""
    name, sha256 = request.path_params["name"], request.path_params["sha256"]
    for path in _paths(name):
        with suppress(OSError):
            if _checksum(path) == sha256:
                return _respond(path, sha256, "gzip" in request.headers.get("accept-encoding", ""))
    return Response("There is no such file.", 404, {"Cache-Control": "no-store"})


ROUTES = [Route("/{before:path}live-files/{sha256}/{name}", answer)]
"""For `st.App`, below whatever `server.baseUrlPath` says."""


def _paths(name: str) -> Iterator[Path]:
    """The files that bear that name; none outside the folder that it belongs to."""
    if name in {file.name for file in web_runtime.FILES}:
        yield web_runtime.folder() / name
    elif name == detector_file.FILE_NAME:
        with suppress(FerError):
            yield detector_file.locate()
    elif name.endswith(".onnx"):
        with suppress(FerError):
            path = store.get_run(name.removesuffix(".onnx")).onnx_path
            if not path.is_symlink():
                yield path


def _respond(path: Path, sha256: str, packed: bool) -> Response:
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
    if packed:
        content = _packed(path, sha256)
        headers["Content-Encoding"] = "gzip"
    else:
        content = path.read_bytes()
    return Response(content, headers=headers, media_type=kind or "application/octet-stream")


def _checksum(path: Path) -> str:
    stat = path.stat()
    return _checksum_of(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=256)
def _checksum_of(path: Path, modified: int, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _packed(path: Path, sha256: str) -> bytes:
    """The content packed once, and by one visitor while the others wait. Streamlit packs every
    answer that is not packed yet, for each visitor anew.
    """
    with _packing:
        return _pack(path, sha256)


@lru_cache(maxsize=8)
def _pack(path: Path, sha256: str) -> bytes:
    return gzip.compress(path.read_bytes(), _LEVEL)
