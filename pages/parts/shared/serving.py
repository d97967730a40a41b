"""What the server does before and beside the pages.

It loads what pages are made of, so that the first visitor does not wait for it. And it gives the
browser, with the first byte, what it would otherwise learn of one thing after another, while the
page jumps: our rules, and which code it will need.
"""

import asyncio
import contextlib
import importlib
import re
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.pages_manager import PagesManager

from pages.parts.shared import fetching, memory

_STYLE = Path(__file__).with_name("style.css")
_PAGES = Path(__file__).parents[2]
_AFTER = 4.0
"""Seconds after which the other pages' parts are loaded: the first visitor's page comes first."""
_COMPONENTS = (
    *("Html", "Metric", "ButtonGroup", "Selectbox", "Slider", "Checkbox", "Button", "NumberInput"),
    *("TextInput", "DownloadButton", "PageLink", "FileUploader", "ImageList", "BidiComponent"),
    *("MenuButton", "Radio", "Multiselect", "Pagination"),
)
"""Streamlit's parts of a page that ours hold at once."""
_LARGE = ("PlotlyChart", "DataFrame")
"""Parts of which the browser fetches the code, over 1 MB each, when it has nothing else to do."""
_OTHERS = {"component", "media"}
"""Parts of addresses whose HTML is not our page: a component's frame, a file to download."""


def _head() -> bytes:
    """Links by which the browser fetches the code that the page needs at once, and, when it is
    idle, the large parts: at once they would keep it from the first words.
    """
    at_once = _code_of(_COMPONENTS)
    links = [
        f'<link rel="modulepreload" crossorigin fetchpriority="low" href="./static/js/{file}">'
        for file in at_once
    ]
    links += [
        f'<link rel="prefetch" as="script" crossorigin href="./static/js/{file}">'
        for file in _code_of(_LARGE)
        if file not in at_once
    ]
    return f"{''.join(links)}</head>".encode()


def _code_of(components: tuple[str, ...]) -> list[str]:
    """Names of the files of these components and of what they need, beside Streamlit's own page."""
    static = Path(st.__file__).parent / "static"
    folder = static / "static" / "js"
    files = [file.name for name in components for file in folder.glob(f"{name}.*.js")]
    for file in files:  # which grows by what each of them needs
        code = (folder / file).read_text(encoding="utf-8")
        needed = re.findall(r'from"\./([\w.-]+\.js)"', code)
        files += [name for name in dict.fromkeys(needed) if name not in files]
    known = (static / "index.html").read_text(encoding="utf-8")
    return [file for file in files if file not in known]


def _body() -> bytes:
    """The rules, after Streamlit's, which come into the head and would win over rules there."""
    return f"<body><style>{_STYLE.read_text(encoding='utf-8')}</style>".encode()


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Loads what the first page is made of before the server is up, and the rest afterwards; while
    it is up, what visitors leave behind is removed.
    """
    # Else Streamlit looks for a folder `pages` at the first visit, and runs its script without
    # app.py: see `navigation.enter`.
    PagesManager.uses_pages_directory = False
    memory.prepare()
    _load("shared", "overview")
    _prepare_overview()
    threading.Thread(target=_load_the_rest, name="loading", daemon=True).start()
    freeing = asyncio.create_task(memory.free_every_minute())
    yield
    freeing.cancel()


def _prepare_overview() -> None:
    """Reads what Overview shows; what cannot be read the page tells of."""
    with contextlib.suppress(Exception):
        prepared = importlib.import_module("pages.parts.overview.prepared")
        prepared.prepare()


def _load_the_rest() -> None:
    """Imports every part of every page, then fetches the data set, where that is asked for."""
    time.sleep(_AFTER)
    _load("*")
    fetching.start_if_asked()


def _load(*rooms: str) -> None:
    """Imports the parts of pages in these folders; one that fails says so when it is used."""
    for room in rooms:
        for file in sorted((_PAGES / "parts").glob(f"{room}/*.py")):
            with contextlib.suppress(Exception):
                importlib.import_module(f"pages.parts.{file.parent.name}.{file.stem}")


class Head:
    """ASGI middleware that puts `style.css`, and links to the code that is needed, into the HTML
    page that carries every page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._head, self._body = _head(), _body()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on, the HTML page with that in its head."""
        headers = dict(scope.get("headers", []))
        asks_page = scope["type"] == "http" and b"text/html" in headers.get(b"accept", b"")
        if not asks_page or _OTHERS.intersection(scope["path"].split("/")):
            await self._app(scope, receive, send)
            return

        async def send_with_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                with_head = message["body"].replace(b"</head>", self._head)
                message["body"] = with_head.replace(b"<body>", self._body)
            elif message["type"] == "http.response.start":
                changed = (b"content-length", b"etag", b"last-modified")
                message["headers"] = [
                    (name, value) for name, value in message["headers"] if name not in changed
                ]
            await send(message)

        # Neither packed nor from before: it is small, and what is put in must be found.
        left_out = (b"accept-encoding", b"if-none-match", b"if-modified-since")
        kept = [(name, value) for name, value in scope["headers"] if name not in left_out]
        await self._app({**scope, "headers": kept}, receive, send_with_head)


MIDDLEWARE = [Middleware(Head)]
