"""What the server keeps of its visitors: bounded, and freed when nobody needs it."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import NoReturn

import pytest
from starlette.formparsers import MultiPartParser
from streamlit.runtime import media_file_manager
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.session_manager import SessionInfo
from streamlit.runtime.state import SessionState
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from pages.parts.shared import memory


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the server is, until the test ends."""
    for owner, name in (
        (MultiPartParser, "spool_max_size"),
        (media_file_manager, "MediaFileMetadata"),
        (MemoryUploadedFileManager, "add_file"),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    memory.prepare()


def _downloads() -> tuple[MediaFileManager, Callable[[], bool]]:
    """Downloads with one that was made at a click, and whether it is still there."""
    files = MediaFileManager(MemoryMediaFileStorage("/media"))
    button = files.add_deferred(lambda: "a,b", "text/csv", "place", "table.csv")
    made = files.execute_deferred(button).rpartition("/")[2].partition(".")[0]
    return files, lambda: files.read_file(made) is not None


@pytest.mark.usefixtures("prepared")
def test_a_download_waits_for_its_browser_while_other_pages_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files, is_there = _downloads()
    for _ in range(3):  # runs of other visitors' pages
        files.remove_orphaned_files()
        assert is_there()
    monkeypatch.setattr(memory, "_A_MINUTE", 0.0)
    files.remove_orphaned_files()
    assert not is_there()


@pytest.mark.usefixtures("prepared")
def test_what_one_visitor_sends_at_a_time_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "VISITOR_MB", 1)
    files = MemoryUploadedFileManager("/upload")

    def send(name: str, size: int, visitor: str = "one") -> bool:
        """Whether there was room for it."""
        files.add_file(
            session_id=visitor, file=UploadedFileRec(name, name, "image/png", b"." * size)
        )
        (kept,) = files.get_files(visitor, [name])
        assert kept.type == ("image/png" if kept.data else memory.NO_ROOM)
        return len(kept.data) == size

    assert send("a.png", 2**19)
    assert not send("b.png", 2**19 + 1)
    assert send("c.png", 2**19)
    assert send("b.png", 2**19 + 1, "another")
    files.remove_file("one", "a.png")
    assert send("d.png", 2**19)


def test_what_goes_wrong_in_a_minute_is_logged_and_the_next_one_comes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class _Stopped(BaseException):
        pass

    tried = iter([RuntimeError("no server yet"), _Stopped()])

    def fail() -> NoReturn:
        raise next(tried)

    monkeypatch.setattr(memory, "_A_MINUTE", 0.0)
    monkeypatch.setattr(memory, "get_instance", fail)
    with pytest.raises(_Stopped):
        asyncio.run(memory.free_every_minute())
    assert "no server yet" in caplog.text


class _Visit:
    id = "visit"

    def __init__(self) -> None:
        self.is_over = False
        self.session_state = SessionState()

    def shutdown(self) -> None:
        self.is_over = True


def test_who_left_last_leaves_nothing_behind() -> None:
    files, is_there = _downloads()
    now = [0.0]
    stored = MemorySessionStorage()
    stored._cache._timer = lambda: now[0]
    sessions = WebsocketSessionManager(stored, MemoryUploadedFileManager("/"), None, None)
    server = SimpleNamespace(_session_mgr=sessions, media_file_mgr=files)
    visit = _Visit()
    visit.session_state["brought"] = b"a picture"
    stored.save(SessionInfo(None, visit))

    now[0] = 119.0  # seconds since the visitor left
    memory.free_left_behind(server)
    assert not visit.is_over
    assert "brought" in visit.session_state

    now[0] = 121.0
    memory.free_left_behind(server)
    assert visit.is_over
    assert "brought" not in visit.session_state
    assert not is_there()
