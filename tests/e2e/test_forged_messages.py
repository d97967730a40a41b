"""Visitors who do not keep to what a page draws: presses on locked controls, and requests
that no browser sends, change nothing and learn nothing.
"""

import http.client
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.jobs.limits import Limits
from fer_core.jobs.local import LocalBackend
from fer_core.runs.store import State, Status, default_run
from pages.parts.shared.owner import PASSPHRASE_VARIABLE
from tests.builders import make_run
from tests.e2e.app import AppServer
from tests.e2e.visitor import Drawn, Visitor, press

PASSPHRASE = "correct horse battery"
STRANGERS: dict[str, tuple[str, dict[str, str]]] = {
    "another host": ("fer.example.org", {}),
    "a proxy on the same machine": ("localhost", {"X-Forwarded-For": "203.0.113.9"}),
    "a tunnel": ("localhost", {"Forwarded": "for=203.0.113.9"}),
}
LIES = (
    WidgetState(id="owner-unlocked", bytes_value=b"\1" * 32),
    WidgetState(id="train-run-id", string_value="../../elsewhere"),
    WidgetState(id="local-path", string_value="/"),
)
"""Values for what no control of that id holds: keys of the session."""
DRAWER = "Other networks and settings"
"""Opens what anybody may read."""
OWNERS_LABELS = {
    *("Start training", "Train tiny", "Train compact", "Measure the time here"),
    *("Train on drawn faces", "Stop", "Cancel", "Resume"),
    *("Make it the app's default", "Download the run (ZIP)", "Delete it"),
    *("Download data set", "Use it"),
}


@dataclass(frozen=True)
class Home:
    """A server with something to lose.

    Attributes:
        server: that serves it.
        folder: of its runs, cache and data.
        jobs: of its runs; one runs, one waits, and both only count.
    """

    server: AppServer
    folder: Path
    jobs: LocalBackend

    def contents(self) -> dict[str, bytes]:
        """Every file but the queue's locks."""
        files = [p for p in self.folder.rglob("*") if p.is_file() and not p.name.endswith(".lock")]
        return {p.relative_to(self.folder).as_posix(): p.read_bytes() for p in files}


@contextmanager
def _opened(folder: Path, passphrase: str = "") -> Iterator[Home]:
    """The server of a new home in `folder`."""
    runs = folder / "home" / "runs"
    runs.mkdir(parents=True)
    make_run(runs, "best", accuracy=0.9)
    make_run(runs, "other", accuracy=0.4)
    make_run(runs, "stopped").write_status(Status(state=State.STOPPED, epoch=1, epochs=3))
    command = [sys.executable, "-m", "tests.jobs.fake", "3600"]
    jobs = LocalBackend(runs, Limits(free_gb=0), lambda run_id: [*command, run_id])
    environment = {
        paths.RUNS_DIR_VARIABLE: str(runs),
        paths.CACHE_DIR_VARIABLE: str(runs.parent / "cache"),
        paths.DATA_DIR_VARIABLE: str(runs.parent / "no-data"),
        "FER_MIN_FREE_GB": "0",
        PASSPHRASE_VARIABLE: passphrase,
    }
    try:
        with AppServer(environment, log=folder / "server.log") as server:
            server.wait_until_up(300)
            yield Home(server, runs.parent, jobs)
    finally:
        for job in jobs.list():
            if job.is_active:
                jobs.stop(job.run_id, at_once=True)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A server without a passphrase, whose runs a test may change."""
    with _opened(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A server with the passphrase, whose runs no test changes."""
    with _opened(tmp_path_factory.mktemp("guarded"), PASSPHRASE) as opened:
        yield opened


@pytest.fixture
def busy(home: Home) -> Home:
    """With a job that runs and one that waits."""
    for name in ("running", "waiting"):
        home.jobs.submit(TrainConfig(epochs=3), name)
    while not (
        (home.jobs.root / "running" / "begun").exists()
        and home.jobs.status("waiting").status.pid is not None
    ):
        assert home.jobs.status("running").is_active, home.jobs.logs("running")
    return home


def _rows(drawn: Drawn, row: int) -> WidgetState:
    """The choice of a row in the table of runs."""
    (table,) = drawn.of("dataframe")
    chosen = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return WidgetState(id=table.id, string_value=json.dumps(chosen))


def _all_buttons(visitor: Visitor, rows: int) -> dict[str, Any]:
    """What can be pressed on Train, whatever row is chosen, and on Dataset; by its id."""
    drawn = visitor.open("train", [press(visitor.open("train").buttons()[DRAWER].id)])
    pages = [drawn, *(visitor.open("train", [_rows(drawn, row)]) for row in range(rows))]
    pages.append(visitor.open("dataset"))
    return {button.id: button for page in pages for button in page.buttons().values()}


@pytest.mark.slow
def test_no_forged_press_of_a_stranger_changes_anything(busy: Home) -> None:
    rows = len(busy.jobs.list())
    with Visitor(busy.server.port) as owner:
        owners = _all_buttons(owner, rows)
    assert {button.label for button in owners.values()} >= OWNERS_LABELS
    presses = [press(widget_id) for widget_id in owners]
    before = busy.contents()

    for host, headers in STRANGERS.values():
        with Visitor(busy.server.port, host, headers) as visitor:
            drawn = visitor.open("train")
            assert "for the owner of this server" in drawn.text()
            assert [b.label for b in drawn.buttons().values() if not b.disabled] == [DRAWER]
            for row in range(rows):
                visitor.open("train", [_rows(drawn, row), *presses])
            seen = visitor.open("dataset", presses)
            assert "for the owner of this server" in seen.text()
            assert not seen.of("progress")
    for lie in LIES:
        with Visitor(busy.server.port, host, headers) as visitor:
            drawn = visitor.open("train")
            seen = visitor.open("train", [_rows(drawn, 0), *presses, lie])
            assert [b.label for b in seen.buttons().values() if not b.disabled] == [DRAWER]

    assert busy.contents() == before
    assert {job.run_id for job in busy.jobs.list() if job.is_active} == {"running", "waiting"}


def test_the_same_presses_of_the_owner_are_heard(home: Home) -> None:
    """So that the test above would notice a press that comes through."""
    with Visitor(home.server.port) as owner:
        drawn = owner.open("train")
        names = [job.run_id for job in home.jobs.list()]
        chosen = _rows(drawn, names.index("other"))
        button = owner.open("train", [chosen]).buttons()["Make it the app's default"]
        assert default_run(home.jobs.root).run_id == "best"  # type: ignore[union-attr]
        owner.open("train", [chosen, press(button.id)])
        assert default_run(home.jobs.root).run_id == "other"  # type: ignore[union-attr]

        button = owner.open("train", [chosen]).buttons()["Delete it"]
        owner.open("train", [chosen, press(button.id)])
        assert not (home.jobs.root / "other").exists()

        button = owner.open("train").buttons()["Train on drawn faces"]
        owner.open("train", [press(button.id)])
        assert home.jobs.stop("tiny-synthetic", at_once=True).spec is not None


def test_a_stranger_gets_nothing_of_a_run_by_its_download(guarded: Home) -> None:
    with Visitor(guarded.server.port, "fer.example.org") as visitor:
        drawn = visitor.open("train")
        (button,) = visitor.open("train", [_rows(drawn, 0)]).of("download_button")
        assert button.disabled
        assert not button.deferred_file_id
        status, body = _get(guarded.server, button.url)
        assert (status, body) in ((200, b""), (404, body))

        message = BackMsg()
        request = message.backend_operation_request
        request.request_id, request.session_id = "1", visitor.session_id
        request.deferred_file.file_id = "best"
        visitor.send(message)
        answer = visitor.answer("backend_operation_response")
        assert answer is not None
        assert answer.backend_operation_response.error_msg


def test_the_passphrase_unlocks_one_session_only(guarded: Home) -> None:
    with Visitor(guarded.server.port, "fer.example.org") as owner:
        _unlock(owner, PASSPHRASE)
        assert not owner.open("train").buttons()["Train on drawn faces"].disabled
        with Visitor(guarded.server.port, "fer.example.org") as other:
            assert other.open("train").buttons()["Train on drawn faces"].disabled
    assert PASSPHRASE not in (guarded.folder.parent / "server.log").read_text(encoding="utf-8")


def test_http_requests_give_nothing_away_and_take_nothing_in(guarded: Home) -> None:
    before = guarded.contents()
    session = "00000000-0000-0000-0000-000000000000"
    inside = "runs/best/config.json"
    for path in (
        f"/media/{inside}",
        f"/media/..%2f..%2f{inside}",
        f"/component/..%2f..%2f{inside}",
        f"/component/streamlit_webrtc.component/..%2f..%2f{inside}",
        f"/_stcore/bidi-components/..%2f..%2f{inside}",
        f"/app/static/{inside}",
        f"/static/..%2f..%2f{inside}",
        "/artifacts/runs/tiny/config.json",
        "/.streamlit/secrets.toml",
        "/_stcore/metrics",
        "/_stcore/host-config",
        "/_stcore/agent/openapi.json",
    ):
        status, body = _get(guarded.server, path)
        assert b"run_id" not in body, path
        assert PASSPHRASE.encode() not in body, path
        assert str(guarded.folder).encode() not in body, path
        assert status < 500, path
    for method in ("PUT", "DELETE", "POST"):
        for path in (
            f"/_stcore/upload_file/{session}/1",
            "/_stcore/agent/interact",
            "/_stcore/agent/mcp",
            "/media/1",
            "/component/1",
        ):
            status, _ = _request(guarded.server, method, path, b"data")
            assert 400 <= status < 500, f"{method} {path}: {status}"
    assert guarded.contents() == before


@pytest.mark.slow
def test_guessing_is_not_sped_up_by_emptying_the_caches_and_locks_nobody_out(guarded: Home) -> None:
    """Any connection may ask Streamlit to forget what it keeps for all visitors."""
    forget = BackMsg()
    forget.clear_cache = True
    with Visitor(guarded.server.port) as visitor, Visitor(guarded.server.port) as owner:
        for number in range(6):
            assert "not the passphrase" in _unlock(visitor, f"guess number {number}").text()
            visitor.send(forget)
        began = time.monotonic()
        for _ in range(2):  # as many runs of the page as a guess takes
            visitor.open("train")
        drawn = time.monotonic()
        assert "not the passphrase" in _unlock(visitor, "one guess more").text()
        waited = time.monotonic() - drawn - (drawn - began)
        assert waited > 1.6, "Of the 3.2 s that a guess after six wrong ones waits."

        _unlock(owner, PASSPHRASE)
        assert not owner.open("train").buttons()["Train on drawn faces"].disabled
        assert visitor.open("train").buttons()["Train on drawn faces"].disabled


def _unlock(visitor: Visitor, text: str) -> Drawn:
    """Sends the form with a passphrase."""
    drawn = visitor.open("train")
    (field,) = [e for e in drawn.of("text_input") if e.label == "Passphrase"]
    states = [
        WidgetState(id=field.id, string_value=text),
        press(drawn.buttons()["Unlock"].id),
    ]
    return visitor.open("train", states)


def _get(server: AppServer, path: str) -> tuple[int, bytes]:
    return _request(server, "GET", path)


def _request(
    server: AppServer, method: str, path: str, body: bytes | None = None
) -> tuple[int, bytes]:
    """Status and content, asked for as from another host through a proxy."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        headers = {"Host": "fer.example.org", "X-Forwarded-For": "203.0.113.9"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
