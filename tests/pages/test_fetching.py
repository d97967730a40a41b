"""FER_FETCH_DATA=auto: the data set comes by itself, once for everybody, and no page waits."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fer_core.data import cache, fer2013
from fer_core.data.download import kaggle, transfer, unpack
from fer_core.paths import PROJECT_ROOT
from pages.parts.shared import cached, fetching, image_facts, install, owner
from tests.data.builders import FakeKaggle, images, write_files, write_zip
from tests.pages.dataset.page import labels, pictures, text_of
from tests.pages.opened import at_page

FILES = images(3)


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A process that has just started, without the data set; its data folder."""
    for name in [name for name in os.environ if name.startswith("KAGGLE")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "data" / "faces"
    for name, value in {
        "FER_FETCH_DATA": "auto",
        "FER_DATA_DIR": str(folder),
        "FER_CACHE_DIR": str(tmp_path / "cache"),
        "FER_RUNS_DIR": str(tmp_path / "runs"),
        "HOME": str(tmp_path),
        "KAGGLE_CONFIG_DIR": str(tmp_path),
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(transfer, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(transfer, "_CHUNK", 1000)
    monkeypatch.setattr(owner, "is_unlocked", lambda: False)
    monkeypatch.setattr(install, "_installer", install.Installer())
    fetching.forget()
    _clear()
    yield folder
    install.installer().cancel()
    install.installer().wait(30)
    fetching.forget()
    _clear()


def _clear() -> None:
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeKaggle]:
    fake = FakeKaggle(write_zip(tmp_path / "payload.zip", FILES).read_bytes())
    monkeypatch.setattr(kaggle, "API", fake.url)
    yield fake
    fake.close()


def _visit(tab: str = "Balance") -> AppTest:
    page = at_page("dataset", tab=tab).run()
    assert not page.exception
    return page


def _until(condition, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def _downloads(server: FakeKaggle) -> int:
    return sum(method == "GET" for method, *_ in server.requests)


def test_the_first_visitor_sets_it_off_and_every_visitor_finds_the_images(server: FakeKaggle):
    page = _visit()
    install.installer().wait(60)
    page.run()
    assert not page.exception
    assert len(pictures(page)) == 21
    assert pictures(_visit("Samples"))
    assert _downloads(server) == 1


def test_nobody_waits_for_a_slow_server_and_all_see_the_same_progress(server: FakeKaggle):
    server.slow = 0.2
    began = time.monotonic()
    first = _visit()
    assert install.installer().running
    _until(lambda: _downloads(server) == 1)
    second = _visit()
    assert install.installer().running
    assert "The images are being fetched" in text_of(first)
    assert "The images are being fetched" in text_of(second)
    assert second.get("progress")
    assert time.monotonic() - began < 40
    server.slow = 0.0
    server.released.set()


def test_the_second_visitor_in_the_middle_starts_no_second_download(server: FakeKaggle):
    server.slow = 0.05
    _visit()
    _until(lambda: _downloads(server) == 1)
    _visit("Samples")
    _visit("Label quality")
    server.slow = 0.0
    install.installer().wait(60)
    assert fer2013.is_available()
    assert _downloads(server) == 1


def test_a_cut_connection_is_continued(server: FakeKaggle):
    server.breaks = [4000]
    _visit()
    install.installer().wait(60)
    assert "bytes=4000-" in server.ranges()
    assert len(pictures(_visit())) == 21


def test_the_first_visitor_after_it_decodes_and_measures_nothing(
    server: FakeKaggle, monkeypatch: pytest.MonkeyPatch, machine: Path
):
    page = _visit()
    install.installer().wait(60)
    assert cache.is_decoded(machine)
    monkeypatch.setattr(cache, "_build", lambda *_: pytest.fail("Decoded again."))
    monkeypatch.setattr(
        image_facts.browse, "index_images", lambda *_: pytest.fail("Measured again.")
    )
    page.session_state["tab"] = "Samples"
    page.run()
    assert not page.exception
    assert len(pictures(page)) == 24


def test_pages_do_without_the_images_until_they_are_decoded(
    server: FakeKaggle, monkeypatch: pytest.MonkeyPatch
):
    build, seen = cache._build, []

    def slow(*given: object) -> None:
        seen.append((fer2013.is_available(), cached.has_data()))
        build(*given)

    monkeypatch.setattr(cache, "_build", slow)
    _visit()
    install.installer().wait(60)
    assert seen == [(True, False)]
    assert cached.has_data()


def test_images_that_are_there_are_decoded_in_the_background_and_not_fetched(
    server: FakeKaggle, machine: Path
):
    write_files(machine, FILES)
    fetching.start_if_asked()
    install.installer().wait(60)
    assert install.installer().message == ""
    assert cache.is_decoded(machine)
    assert server.requests == []


@pytest.mark.parametrize(
    ("trouble", "words"),
    [("refused", "refused access"), ("offline", "cannot be reached"), ("full", "disk is full")],
)
def test_a_failure_is_told_to_everyone_and_tried_again_by_the_owner(
    server: FakeKaggle, monkeypatch: pytest.MonkeyPatch, trouble: str, words: str
):
    if trouble == "refused":
        server.statuses = [403] * 40
    if trouble == "offline":
        monkeypatch.setattr(kaggle, "API", "http://127.0.0.1:9")
    if trouble == "full":
        monkeypatch.setattr(unpack, "unpack", _full)
    _visit()
    install.installer().wait(60)
    visitor = _visit()
    assert words in visitor.error[0].value
    assert not install.installer().running  # another visit is no other attempt
    retry = next(b for b in visitor.button if b.label == "Try again")
    assert retry.disabled
    if trouble != "refused":
        return
    server.statuses = []
    monkeypatch.setattr(owner, "is_unlocked", lambda: True)
    monkeypatch.setattr(install, "PAUSE_SECONDS", 0.0)
    install.installer()._not_before = 0.0
    page = _visit()
    next(b for b in page.button if b.label == "Try again").click().run()
    install.installer().wait(60)
    page.run()
    assert len(pictures(page)) == 21


def _full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_after_a_while_a_visitor_sets_off_the_next_attempt(
    server: FakeKaggle, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(install, "PAUSE_SECONDS", 0.0)
    server.statuses = [403]
    _visit()
    install.installer().wait(60)
    assert "refused access" in install.installer().message
    fetching.forget()  # as after AGAIN_SECONDS
    _visit()
    install.installer().wait(60)
    assert len(pictures(_visit())) == 21


def test_what_the_owner_cancelled_stays_cancelled(server: FakeKaggle):
    server.slow = 0.05
    _visit()
    _until(lambda: _downloads(server) == 1)
    install.installer().cancel()
    install.installer().wait(60)
    fetching.forget()
    assert "Cancelled" in _visit().error[0].value
    assert not install.installer().running


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_server_that_is_killed_in_the_middle_continues_after_its_start(server: FakeKaggle):
    server.slow = 0.1
    code = textwrap.dedent("""
        import sys
        from fer_core.data.download import kaggle, transfer
        from pages.parts.shared import fetching, install
        kaggle.API, transfer._CHUNK = sys.argv[1], 1000
        fetching.start_if_asked()
        install.installer().wait()
    """)
    part = Path(os.environ["FER_DATA_DIR"]).with_name(".faces.zip.part")
    command = [sys.executable, "-c", code, server.url]
    with subprocess.Popen(command, cwd=PROJECT_ROOT, stderr=subprocess.DEVNULL) as process:
        _until(lambda: part.exists() and part.stat().st_size > 2000)
        process.send_signal(signal.SIGKILL)
    kept = part.stat().st_size
    server.slow = 0.0
    _visit()
    install.installer().wait(60)
    assert f"bytes={kept}-" in server.ranges()
    assert len(pictures(_visit())) == 21


def test_nothing_is_fetched_where_nobody_asks_for_it(
    server: FakeKaggle, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FER_FETCH_DATA", "no")
    page = _visit()
    assert not install.installer().running
    assert server.requests == []
    assert labels(page) == {"Download data set"}


@pytest.mark.parametrize(("value", "told"), [("yes", True), ("AUTOMATIC", True), ("off", False)])
def test_a_value_that_means_nothing_is_told_once(
    server: FakeKaggle,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    value: str,
    told: bool,
):
    monkeypatch.setenv("FER_FETCH_DATA", value)
    fetching.start_if_asked()
    fetching.start_if_asked()
    expected = f"FER_FETCH_DATA is '{value}', which means nothing"
    assert [expected in message for message in caplog.messages] == [True] * told
    assert server.requests == []


def test_pages_that_lack_images_tell_why(server: FakeKaggle, monkeypatch: pytest.MonkeyPatch):
    server.statuses = [403] * 40
    _visit("Label quality")
    install.installer().wait(60)
    page = _visit("Label quality")
    assert "The images could not be fetched: Kaggle refused access (403)." in text_of(page)
