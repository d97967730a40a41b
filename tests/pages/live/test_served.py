"""What this server gives to browsers that read faces: named files alone, for ever, and packed."""

import gzip
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from fer_core import paths
from fer_core.errors import ConfigError, DetectorError
from fer_core.inference import detector_file
from fer_core.inference.live import web_runtime
from fer_core.inference.live.web_runtime import RuntimeFile
from fer_core.runs import store
from pages.parts.live.browser import runtime, served
from tests.builders import make_run

CONTENTS = {"ort.mjs": b"export {};" * 100, "ort.wasm": bytes(range(256)) * 600}
DETECTOR = b"detector" * 500


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A server with a copy of the runtime, a detector and one run."""
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "runs"))
    files = [
        RuntimeFile(name, len(content), hashlib.sha256(content).hexdigest())
        for name, content in CONTENTS.items()
    ]
    for name, value in {"SCRIPT": files[0], "WASM": files[1], "FILES": tuple(files)}.items():
        monkeypatch.setattr(web_runtime, name, value)
    web_runtime.folder().mkdir(parents=True)
    for name, content in CONTENTS.items():
        (web_runtime.folder() / name).write_bytes(content)
    yunet = tmp_path / "yunet.onnx"
    yunet.write_bytes(DETECTOR)
    monkeypatch.setattr(detector_file, "locate", lambda **_: yunet)
    make_run(tmp_path / "runs", "tiny")
    st.cache_resource.clear()
    yield tmp_path
    st.cache_resource.clear()


def told() -> dict:
    return runtime.sources(store.list_runs())


def get(path: str, *, packed: bool = True) -> Response:
    """The answer to a path, as the router finds it."""
    headers = [(b"accept-encoding", b"gzip, br")] if packed else []
    scope = {"type": "http", "method": "GET", "path": path, "headers": headers}
    match, found = served.ROUTES[0].matches(scope)
    if match is not Match.FULL:
        return Response(status_code=404)
    return served.answer(Request({**scope, **found}))


def path_of(file: served.File) -> str:
    return file["url"].removeprefix(".")


def every_file() -> list[served.File]:
    own = told()
    place = own["runtime"][0]
    return [place["script"], place["wasm"], own["detector"], own["networks"]["tiny"]]


def test_every_file_is_served_packed_and_for_ever():
    kinds = [
        "text/javascript; charset=utf-8",
        "application/wasm",
        *["application/octet-stream"] * 2,
    ]
    for file, kind in zip(every_file(), kinds, strict=True):
        answer = get(path_of(file))
        assert answer.status_code == 200
        assert answer.headers["content-type"] == kind
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "gzip", "Else Streamlit packs it each time."
        content = gzip.decompress(answer.body)
        assert len(content) == file["size"]
        plain = get(path_of(file), packed=False)
        assert "content-encoding" not in plain.headers
        assert plain.body == content


def test_addresses_are_relative_and_found_below_any_base_path():
    for file in every_file():
        assert file["url"].startswith("./live-files/")
        assert get(f"/team/dashboard{path_of(file)}").status_code == 200


def test_what_the_page_tells_is_equal_until_a_file_changes(machine):
    before = told()
    assert told() == before
    model = store.get_run("tiny").onnx_path
    model.write_bytes(model.read_bytes() + b"more")
    after = told()
    assert after["networks"] != before["networks"]
    assert after["runtime"] == before["runtime"]
    assert get(path_of(before["networks"]["tiny"])).status_code == 404, "Another file by now."
    assert get(path_of(after["networks"]["tiny"])).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "config.json",
        "model.onnx",
        "tiny",
        "..%2Fsecret.onnx",
        "../secret.onnx",
        "..\\secret.onnx",
        "secret.onnx",
        ".onnx",
        "con.onnx",
    ],
)
def test_nothing_but_named_files_is_served(machine, name):
    secret = machine / "secret.onnx"
    secret.write_bytes(b"secret")
    shutil.copy(secret, machine / "runs" / "secret.onnx")
    known = hashlib.sha256(b"secret").hexdigest()
    assert get(f"/live-files/{known}/{name}").status_code == 404
    config = (machine / "runs" / "tiny" / "config.json").read_bytes()
    assert get(f"/live-files/{hashlib.sha256(config).hexdigest()}/{name}").status_code == 404


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_out_of_a_run_is_not_followed(machine):
    (machine / "secret").write_bytes(b"secret")
    model = store.get_run("tiny").onnx_path
    model.unlink()
    model.symlink_to(machine / "secret")
    known = hashlib.sha256(b"secret").hexdigest()
    assert get(f"/live-files/{known}/tiny.onnx").status_code == 404


def test_a_wrong_checksum_is_not_found_and_not_kept(machine):
    answer = get(f"/live-files/{'0' * 64}/tiny.onnx")
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"


def test_a_damaged_copy_is_not_offered(machine):
    (web_runtime.folder() / "ort.wasm").write_bytes(b"damaged")
    assert [place["from"] for place in told()["runtime"]] == ["cdn.jsdelivr.net"]


def test_this_servers_copy_comes_first_once_it_is_there(machine):
    shutil.rmtree(web_runtime.folder())
    assert [place["from"] for place in told()["runtime"]] == ["cdn.jsdelivr.net"]
    web_runtime.folder().mkdir()
    for name, content in CONTENTS.items():
        (web_runtime.folder() / name).write_bytes(content)
    assert [place["from"] for place in told()["runtime"]] == ["this server", "cdn.jsdelivr.net"]


def test_the_owner_names_another_cdn_or_none(monkeypatch):
    monkeypatch.setenv(paths.LIVE_CDN_VARIABLE, "https://mirror.test:8443/ort")
    place = told()["runtime"][1]
    assert place["from"] == "mirror.test:8443"
    assert place["wasm"]["url"].endswith("mirror.test:8443/ort/ort.wasm")
    monkeypatch.setenv(paths.LIVE_CDN_VARIABLE, "none")
    assert [place["from"] for place in told()["runtime"]] == ["this server"]
    for wrong in ("mirror", "https://name:secret@mirror.test/ort"):
        monkeypatch.setenv(paths.LIVE_CDN_VARIABLE, wrong)
        with pytest.raises(ConfigError, match="FER_LIVE_CDN must be") as caught:
            told()
        assert "secret" not in str(caught.value)


def test_without_detector_the_page_is_told_why_and_it_is_fetched_again_later(monkeypatch, machine):
    asked: list[bool] = []

    def refuse(*, retry: bool) -> Path:
        asked.append(retry)
        raise DetectorError("The YuNet face detector could not be fetched: no answer within 5 s.")

    monkeypatch.setattr(detector_file, "locate", refuse)
    monkeypatch.setattr(runtime, "_asked", float("-inf"))
    for _ in range(2):
        assert told()["detector"] is None
        assert "no answer within 5 s. Reload the page in some minutes" in told()["noDetector"]
    assert asked == [True, False, False, False]
    monkeypatch.setattr(runtime, "_asked", runtime._asked - 301)
    told()
    assert asked[-1]
