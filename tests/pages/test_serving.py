"""What the server gives a browser with the first byte, and what it does before the first visit."""

import asyncio
import io
import re
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from starlette.formparsers import MultiPartParser
from starlette.requests import Request
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.pages_manager import PagesManager
from streamlit.web.server.starlette import starlette_routes

from fer_core.paths import PROJECT_ROOT
from pages.parts.shared import serving

HOW = ("modulepreload", "prefetch")
"""Fetched at once, and when the browser is idle."""
PAGE = b"<html><head><title>x</title></head><body></body></html>"


def test_the_page_holds_our_rules_behind_streamlits() -> None:
    headers, body = _answer("text/html,*/*")
    assert b"stCaptionContainer" in body[body.index(b"</head><body>") :]
    assert body.endswith(b"</style></body></html>")
    assert not {b"etag", b"content-length"} & set(headers), "The page is longer than the file."


def test_the_code_of_charts_does_not_keep_the_browser_from_the_first_words() -> None:
    _, body = _answer("text/html,*/*")
    links = {kind: set(re.findall(rf'rel="{kind}"[^>]*/(\w+)\.'.encode(), body)) for kind in HOW}
    assert b"Button" in links["modulepreload"]
    assert b"PlotlyChart" in links["prefetch"]
    assert b"PlotlyChart" not in links["modulepreload"]


@pytest.mark.parametrize(
    ("accepts", "path"),
    [
        ("*/*", "/"),
        ("text/html,*/*", "/component/its.name/index.html"),
        ("text/html,*/*", "/under/media/1234/tiny-report.html"),
    ],
)
def test_everything_else_passes_as_it_is(accepts: str, path: str) -> None:
    headers, body = _answer(accepts, path)
    assert body == PAGE
    assert headers[b"etag"] == b"1"


def test_the_parts_of_all_pages_are_loaded_before_anyone_comes() -> None:
    code = (
        "import asyncio, sys, threading\n"
        "from pages.parts.shared import serving\n"
        "async def start():\n"
        "    async with serving.lifespan(None): pass\n"
        "asyncio.run(start())\n"
        "[thread.join() for thread in threading.enumerate() if thread.name == 'loading']\n"
        "parts = [name for name in sys.modules if name.startswith('pages.parts.')]\n"
        "print(len(parts), 'plotly' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT_ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    loaded, has_plotly = done.stdout.split()
    assert int(loaded) >= len(list((PROJECT_ROOT / "pages" / "parts").glob("*/*.py")))
    assert has_plotly == "True"


def test_the_first_visitors_page_is_run_by_the_app_as_everyones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Streamlit's own search for pages would run it in a way that loses clicks made meanwhile."""
    monkeypatch.setattr(PagesManager, "uses_pages_directory", None)

    async def visit() -> None:
        PagesManager(str(PROJECT_ROOT / "app.py"))

    _while_serving(visit, monkeypatch)
    assert PagesManager.uses_pages_directory is False


def test_a_large_upload_stays_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Left to itself, the parser of forms keeps all above 1 MB in a temporary file."""
    monkeypatch.setattr(MultiPartParser, "spool_max_size", MultiPartParser.spool_max_size)
    written: list[object] = []
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: written.append(1) or io.BytesIO())
    monkeypatch.setattr(starlette_routes, "is_xsrf_enabled", lambda: False)
    runtime = SimpleNamespace(is_active_session=lambda session_id: True)
    files = MemoryUploadedFileManager("/upload")
    put = starlette_routes.create_upload_routes(runtime, files, None)[0]
    content = b"pixels.." * (3 * 2**17)
    chunks = _form("phone.jpg", content)

    async def receive() -> dict:
        return next(chunks)

    async def upload() -> None:
        scope = {
            "type": "http",
            "path_params": {"session_id": "session", "file_id": "file"},
            "headers": [(b"content-type", b"multipart/form-data; boundary=x")],
        }
        await put.endpoint(Request(scope, receive))

    _while_serving(upload, monkeypatch)
    assert files.get_files("session", ["file"])[0].data == content
    assert not written, "A visitor's file was written to disk."


def _form(name: str, content: bytes) -> Iterator[dict]:
    """A browser's form with this file, in the pieces that a server receives."""
    field = f'Content-Disposition: form-data; name="file"; filename="{name}"'
    body = f"--x\r\n{field}\r\n\r\n".encode() + content + b"\r\n--x--\r\n"
    for start in range(0, len(body), 2**16):
        more = start + 2**16 < len(body)
        yield {"type": "http.request", "body": body[start : start + 2**16], "more_body": more}


def _while_serving(act: Callable[[], Awaitable[None]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Does that while the server is up, which loads no parts of pages here."""
    monkeypatch.setattr(serving, "_load", lambda *_: None)
    monkeypatch.setattr(serving, "_AFTER", 0.0)

    async def serve() -> None:
        async with serving.lifespan(None):
            await act()

    # In a thread of its own: a browser test before this one leaves its loop running here.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, serve()).result()


def _answer(accepts: str, path: str = "/") -> tuple[dict[bytes, bytes], bytes]:
    """Headers and body that a browser gets which accepts that, of a server that has `PAGE`."""
    sent: list[dict] = []

    async def app(scope, receive, send) -> None:
        headers = [(b"etag", b"1"), (b"content-length", b"%d" % len(PAGE))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": PAGE})

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "headers": [(b"accept", accepts.encode())]}
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, serving.Head(app)(scope, None, send)).result()
    return dict(sent[0]["headers"]), sent[1]["body"]
