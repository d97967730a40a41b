"""The browser's reading modules in an empty page of a real Chromium, without the dashboard."""

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fer_core.inference.live.constants import constants
from pages.parts.live.browser import modules

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_SUFFIXES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}


class Modules:
    """A page that can import every module as `/NAME.js` and fetch what a test `put` there."""

    def __init__(self, browser: "Browser") -> None:
        self._files: dict[str, bytes] = {"/": b"<!doctype html><title>modules</title>"}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._page = browser.new_page()
        self._page.goto(f"http://127.0.0.1:{self._server.server_port}/")

    def put(self, name: str, data: bytes | NDArray[Any]) -> str:
        """Serves bytes, or an array's, at the path that comes back."""
        self._files[f"/{name}"] = data if isinstance(data, bytes) else data.tobytes()
        return f"/{name}"

    def put_picture(self, name: str, bgr: NDArray[np.uint8]) -> dict[str, Any]:
        """Serves uint8 (h, w, 3), BGR, as RGBA pixels."""
        height, width = bgr.shape[:2]
        rgba = np.full((height, width, 4), 255, np.uint8)
        rgba[..., :3] = bgr[..., ::-1]
        return {"url": self.put(name, rgba), "width": width, "height": height}

    def run(self, code: str, **given: Any) -> Any:
        """What a function's body in JavaScript returns, of `constants`, `picture(description)`
        and the values given by name. `packed(array)` is quick to return, for `unpacked`.
        """
        names = ", ".join(["constants", *given])
        return self._page.evaluate(
            f"async ({{{names}}}) => {{ {_HELPERS} {code} }}", {"constants": constants(), **given}
        )

    def close(self) -> None:
        self._page.close()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        files = self._files

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                module = modules.FOLDER / self.path[1:]
                found = files.get(self.path)
                if found is None and module.is_file():
                    found = module.read_bytes()
                self.send_response(404 if found is None else 200)
                kind = "text/html" if self.path == "/" else "application/octet-stream"
                self.send_header("Content-Type", _SUFFIXES.get(Path(self.path).suffix, kind))
                self.end_headers()
                self.wfile.write(found or b"")

            def log_message(self, *args: object) -> None:
                pass

        return Handler


_HELPERS = """
const bytes = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
const picture = async ({url, width, height}) =>
  ({data: new Uint8ClampedArray((await bytes(url)).buffer), width, height});
const packed = ({buffer, byteOffset, byteLength}) => {
  const text = (part) => String.fromCharCode(...part);
  const all = new Uint8Array(buffer, byteOffset, byteLength);
  const parts = Array.from({length: Math.ceil(all.length / 8192)}, (_, index) =>
    text(all.subarray(8192 * index, 8192 * (index + 1))));
  return btoa(parts.join(''));
};
"""


def unpacked(text: str, dtype: type, *shape: int) -> NDArray[Any]:
    """The first elements of an array that JavaScript `packed`."""
    return np.frombuffer(base64.b64decode(text), dtype)[: np.prod(shape)].reshape(shape)


@pytest.fixture(scope="package")
def js(browser: "Browser") -> Iterator[Modules]:
    opened = Modules(browser)
    yield opened
    opened.close()
