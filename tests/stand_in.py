"""A web server on this machine that stands in for a CDN, a package registry or a mirror."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

SILENT, CUT = "silent", "cut"


class StandIn:
    """Serves `files` by their paths, to pages of any origin.

    Attributes:
        files: the content of each path, as `/dist/x.mjs`.
        faults: for paths, or beginnings of paths, a status to answer with, `SILENT` (accept and
            never answer) or `CUT` (announce all, send half, close).
        asked: the path of each request, in order.
        ranges: the Range header of each request, empty where it had none.
    """

    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        self.files = dict(files or {})
        self.faults: dict[str, int | str] = {}
        self.asked: list[str] = []
        self.ranges: list[str] = []
        self._released = threading.Event()
        handler = type("Handler", (_Handler,), {"outer": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # of those who left before the end
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()

    def fault_at(self, path: str) -> int | str | None:
        """What is wrong with the answer to that path."""
        faults = (fault for begin, fault in self.faults.items() if path.startswith(begin))
        return next(faults, None)

    def wait(self) -> None:
        """Stays silent until the server ends."""
        self._released.wait(30)


class _Handler(BaseHTTPRequestHandler):
    outer: StandIn

    def do_GET(self) -> None:
        outer = self.outer
        path = self.path.partition("?")[0]
        outer.asked.append(path)
        outer.ranges.append(self.headers.get("Range", ""))
        fault, content = outer.fault_at(path), outer.files.get(path)
        if fault == SILENT:
            outer.wait()
            return
        if content is None or isinstance(fault, int):
            self.send_response(fault if isinstance(fault, int) else 404)
            self._end_head(0)
            return
        begin = 0
        if outer.ranges[-1]:
            begin = int(outer.ranges[-1].removeprefix("bytes=").partition("-")[0])
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        rest = content[begin:]
        self._end_head(len(rest))
        self.wfile.write(rest[: len(rest) // 2] if fault == CUT else rest)

    def _end_head(self, length: int) -> None:
        kinds = {"html": "text/html", "js": "text/javascript"}
        kind = kinds.get(self.path.rpartition(".")[2], "application/octet-stream")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("ETag", '"one"')
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Prints nothing."""
