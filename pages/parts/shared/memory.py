"""Visitors' files in the server's memory: how many, for how long, and never on its disk.

No other module reaches into Streamlit's own stores of files and visits.
"""

import asyncio
import logging
import time
from typing import NoReturn

import streamlit as st
from starlette.formparsers import MultiPartParser
from streamlit.runtime import Runtime, get_instance, media_file_manager
from streamlit.runtime.media_file_manager import MediaFileMetadata
from streamlit.runtime.media_file_storage import MediaFileKind
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from pages.parts.shared import pictures

_log = logging.getLogger(__name__)

FILE_MB, VISITOR_MB = 50, 200
"""Of a file, and of all that a visitor brings at a time; the server takes larger files, for the
data set alone."""
NO_ROOM = "no room"
"""`type` of an uploaded file whose content was dropped, as it was beyond `VISITOR_MB`."""
_A_MINUTE = 60.0  # seconds


def most(megabytes: int = FILE_MB) -> int:
    """What an upload field takes at most: so many MB, or fewer where the server takes no more."""
    return min(megabytes, st.get_option("server.maxUploadSize"))


class _Metadata(MediaFileMetadata):
    """A download stays for a minute. By itself Streamlit removes what was made at a click after two
    runs of anybody's page, which may be before the browser has asked for it.
    """

    def __init__(self, kind: MediaFileKind = MediaFileKind.MEDIA) -> None:
        super().__init__(kind)
        self._made = time.monotonic()

    @property
    def is_marked_for_delete(self) -> bool:
        return super().is_marked_for_delete and time.monotonic() - self._made >= _A_MINUTE


def prepare() -> None:
    """From here on uploads stay in memory, whatever their size, up to `VISITOR_MB` a visitor, and
    downloads for a minute.
    """
    # Else uploads above 1 MB go to a temporary file. 0 is no limit: Streamlit's own ends them.
    MultiPartParser.spool_max_size = 0
    media_file_manager.MediaFileMetadata = _Metadata
    MemoryUploadedFileManager.add_file = _add_where_room_is


async def free_every_minute() -> NoReturn:
    """Frees what visitors have left behind. Streamlit does so when the next one leaves."""
    while True:
        await asyncio.sleep(_A_MINUTE)
        try:
            free_left_behind(get_instance())
        except Exception:  # the next minute may go well
            _log.exception("What visitors left behind was not freed")


def free_left_behind(server: Runtime) -> None:
    """Ends the visits that nobody came back to, and removes downloads that nobody needs."""
    manager = server._session_mgr
    with manager._storage_lock:
        ended = manager._session_storage._cache.expire()
    for _, visit in ended:
        visit.session.shutdown()
        visit.session.session_state.clear()  # Streamlit's loop refers to it until the next visit
    server.media_file_mgr.remove_orphaned_files()


def take(key: str) -> list[UploadedFile]:
    """The files that came by the widget of that key; their memory is free once the caller drops
    them. Those whose content was dropped are among them.
    """
    given = st.session_state.get(key) or []
    listed = given if isinstance(given, list) else [given]
    files = [file for file in listed if isinstance(file, UploadedFile)]
    _free(*(file.file_id for file in files))
    return files


def keep_only(place: str, *files: UploadedFile | None) -> list[UploadedFile | None]:
    """Frees the files that this place of the page was called with before, but these. Returns these,
    None for one whose content was dropped, which is told.
    """
    now = {file.file_id for file in files if file is not None}
    key = f"files-of-{place}"
    _free(*(st.session_state.get(key, set()) - now))
    st.session_state[key] = now
    return [told(file) for file in files]


def told(file: UploadedFile | None) -> UploadedFile | None:
    """The file; None where its content was dropped, which is told then."""
    if file is None or file.type != NO_ROOM:
        return file
    st.warning(pictures.plain(no_room(file.name)))
    return None


def no_room(name: str) -> str:
    """That the content of the file of that name was dropped, and what to do."""
    return (
        f"No room for {name}: {VISITOR_MB} MB of your files are kept at a time, those on other "
        "pages included. Remove others, or reload the page to remove all, and bring it again."
    )


def _free(*file_ids: str) -> None:
    ctx = get_script_run_ctx()
    if ctx is not None and isinstance(ctx.uploaded_file_mgr, MemoryUploadedFileManager):
        for file_id in file_ids:
            ctx.uploaded_file_mgr.remove_file(ctx.session_id, file_id)


_add = MemoryUploadedFileManager.add_file


def _add_where_room_is(
    self: MemoryUploadedFileManager, session_id: str, file: UploadedFileRec
) -> None:
    """Keeps an uploaded file, its name alone where it is beyond the limit."""
    there = list(self.file_storage.get(session_id, {}).values())
    if sum(len(each.data) for each in (*there, file)) > VISITOR_MB * 2**20:
        file = file._replace(type=NO_ROOM, data=b"")
    _add(self, session_id, file)
