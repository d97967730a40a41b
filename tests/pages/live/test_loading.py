"""What the visitor's browser loads before it reads faces, from servers as they are."""

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from pages.parts.live.browser import modules, served
from tests.stand_in import CUT, SILENT, StandIn

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

CONTENTS = {
    "script.mjs": b"export const version = '1';",
    "runtime.wasm": bytes(range(256)) * 400,
    "detector.onnx": b"detector" * 100,
    "tiny.onnx": b"network" * 100,
}
START = """async ([sources, run]) => {
  const {load} = await import('/loading.js');
  window.told = [];
  window.ended = load(sources, run, step => window.told.push(step)).then(
    async ({runtime, detector, network, from}) => ({
      from,
      version: (await import(runtime.script)).version,
      sizes: [runtime.wasm, detector, network].map(content => content.byteLength),
    }),
    error => `${error.message}`,
  );
}"""
"""Begins to load; what it came to is `window.ended`."""


@pytest.fixture
def own() -> Iterator[StandIn]:
    """This server, with the page and all files."""
    code = (modules.FOLDER / "loading.js").read_bytes()
    with StandIn({"/index.html": b"<p>Live</p>", "/loading.js": code}) as server:
        server.files |= {f"/{name}": content for name, content in CONTENTS.items()}
        yield server


@pytest.fixture
def cdn() -> Iterator[StandIn]:
    with StandIn({f"/dist/{name}": content for name, content in CONTENTS.items()}) as server:
        yield server


@pytest.fixture(scope="module")
def tab(browser: "Browser") -> "Iterator[Page]":
    opened = browser.new_page()
    opened.clock.install()
    yield opened
    opened.close()


@pytest.fixture
def page(tab: "Page", own: StandIn) -> "Page":
    tab.goto(f"{own.url}/index.html")
    return tab


def file(name: str, where: str = ".") -> served.File:
    content = CONTENTS[name]
    return served.described(f"{where}/{name}", hashlib.sha256(content).hexdigest(), len(content))


def sources(*places: tuple[str, str]) -> dict[str, Any]:
    """All files, the runtime at these places, each given by its name and address."""
    runtime = [
        {"from": name, "script": file("script.mjs", where), "wasm": file("runtime.wasm", where)}
        for name, where in places
    ]
    networks = {"tiny": file("tiny.onnx")}
    return {
        "runtime": runtime,
        "detector": file("detector.onnx"),
        "noDetector": "",
        "networks": networks,
    }


def ended(page: "Page", told: dict[str, Any], run: str = "tiny") -> Any:
    page.evaluate(START, [told, run])
    return page.evaluate("window.ended")


def both(own: StandIn, cdn: StandIn) -> dict[str, Any]:
    return sources(("this server", "."), ("cdn.test", f"{cdn.url}/dist"))


def test_this_servers_copy_comes_first_and_progress_is_told(page, own, cdn):
    loaded = ended(page, both(own, cdn))
    sizes = [len(CONTENTS[name]) for name in ("runtime.wasm", "detector.onnx", "tiny.onnx")]
    assert loaded == {"from": "this server", "version": "1", "sizes": sizes}
    assert not cdn.asked
    told = page.evaluate("window.told")
    whole = sum(map(len, CONTENTS.values()))
    assert told[-1] == {"loaded": whole, "total": whole}
    assert [step["loaded"] for step in told] == sorted(step["loaded"] for step in told)


@pytest.mark.parametrize("fault", [404, 503, CUT, "damaged", "longer"])
def test_the_cdn_helps_where_this_servers_copy_cannot_be_had(page, own, cdn, fault):
    if fault == "damaged":
        own.files["/runtime.wasm"] = CONTENTS["runtime.wasm"][::-1]
    elif fault == "longer":
        own.files["/runtime.wasm"] += b"x"
    else:
        own.faults["/runtime.wasm"] = fault
    assert ended(page, both(own, cdn))["from"] == "cdn.test"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (404, "cdn.test answered with an error (404)"),
        (CUT, "cdn.test broke off"),
        ("wrong", "cdn.test sent another file than the expected one"),
        ("gone", "cdn.test cannot be reached"),
    ],
)
def test_a_runtime_that_cannot_be_had_is_told_with_what_to_do(page, cdn, fault, words):
    if fault == "wrong":
        cdn.files["/dist/script.mjs"] = b"export const version = '2';"
    elif fault != "gone":
        cdn.faults["/dist/"] = fault
    where = "http://127.0.0.1:9" if fault == "gone" else f"{cdn.url}/dist"
    told = ended(page, sources(("cdn.test", where)))
    assert words in told
    assert "content blocker" in told
    assert "python -m fer_core live fetch" in told


def test_a_silent_server_is_given_up(page, cdn):
    cdn.faults["/dist/"] = SILENT
    page.evaluate(START, [sources(("cdn.test", f"{cdn.url}/dist")), "tiny"])
    page.wait_for_function("() => window.told.length >= 4")
    page.clock.fast_forward(20_000)
    assert "cdn.test sent nothing for 20 seconds" in page.evaluate("window.ended")


def test_without_copy_and_cdn_the_owners_command_is_named(page):
    told = ended(page, sources())
    assert "has no copy" in told
    assert "python -m fer_core live fetch" in told
    assert "content blocker" not in told


def test_a_server_without_detector_says_why_at_once(page, own):
    told = sources(("this server", ".")) | {"detector": None, "noDetector": "YuNet is not here."}
    assert ended(page, told) == "YuNet is not here."
    assert "/runtime.wasm" not in own.asked


@pytest.mark.parametrize("run", ["tiny", "gone"])
def test_a_network_that_cannot_be_had_is_named(page, own, run):
    own.faults["/tiny.onnx"] = 404
    assert f"The network {run} could not be loaded" in ended(
        page, sources(("this server", ".")), run
    )


def is_ended(page: "Page", url: str) -> Any:
    """Waits until the browser has given up the request for `url`, before its patience ends."""
    return page.expect_event("requestfailed", lambda it: it.url == url, timeout=10_000)


def test_what_cannot_be_had_ends_the_rest_of_the_loading(page, own, cdn):
    cdn.faults["/dist/"] = SILENT
    own.faults["/tiny.onnx"] = 404
    with is_ended(page, f"{cdn.url}/dist/runtime.wasm"):
        assert "The network tiny" in ended(page, sources(("cdn.test", f"{cdn.url}/dist")))


def test_of_a_place_that_lacks_one_file_the_other_is_not_loaded(page, own, cdn):
    cdn.faults["/dist/script.mjs"] = 404
    cdn.faults["/dist/runtime.wasm"] = SILENT
    with is_ended(page, f"{cdn.url}/dist/runtime.wasm"):
        told = sources(("cdn.test", f"{cdn.url}/dist"), ("this server", "."))
        assert ended(page, told)["from"] == "this server"


def test_leaving_ends_the_loading(page, own, cdn):
    cdn.faults["/dist/"] = SILENT
    outcome = page.evaluate(
        """async sources => {
          const {load} = await import('/loading.js');
          const leaving = new AbortController();
          setTimeout(() => leaving.abort(), 100);
          return load(sources, 'tiny', () => {}, leaving.signal).catch(error => error.name);
        }""",
        sources(("cdn.test", f"{cdn.url}/dist")),
    )
    assert outcome == "AbortError"
