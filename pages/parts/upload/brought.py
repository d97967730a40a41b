"""What the visitor brought last, kept in the session: files, a picture by camera, a snapshot.

The drop zone hands its files over and is empty again, so what is shown is what is listed here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from uuid import uuid4

import streamlit as st

from fer_core.inference.file_types import HEAD_SIZE, FileKind, kind_of, listed
from pages.parts.shared import examples, memory, pictures
from pages.parts.shared.pictures import Picture
from pages.parts.upload import unpacked
from pages.parts.upload.unpacked import Unpacked, Video

MAX_PICTURES, MAX_VIDEOS = 500, 3

EXAMPLE = "sample"
"""Where the address keeps the example that was chosen."""
ADD = "add-files"
"""Key of the switch that keeps what is there when files come."""

CAMERA = "camera"
"""Key of the box with the camera."""

_BROUGHT, _NUMBER = "brought", "drop-zone"


@dataclass(frozen=True)
class Brought:
    """What there is to read, in order; bytes of the files it came in; names of those for which
    there was no room.
    """

    items: list[Picture | Video | Unpacked] = field(default_factory=list)
    size: int = 0
    left_out: tuple[str, ...] = ()

    @property
    def archives(self) -> list[Unpacked]:
        return [item for item in self.items if isinstance(item, Unpacked)]

    @property
    def pictures(self) -> list[Picture]:
        return [item for item in self._files() if isinstance(item, Picture)]

    @property
    def videos(self) -> list[Video]:
        return [item for item in self._files() if isinstance(item, Video)]

    def __bool__(self) -> bool:
        return bool(self.items)

    def _files(self) -> Iterator[Picture | Video]:
        for item in self.items:
            yield from item.members if isinstance(item, Unpacked) else (item,)


def now(example: examples.Example | None) -> Brought:
    """The example that was chosen, or else what the visitor brought."""
    if example is not None:
        key = f"example-{example.slug}"
        return Brought([Picture(key, example.name, example.data, example.source)])
    snapshot = pictures.take_snapshot()
    if snapshot is not None:
        _keep(Brought([snapshot]))
    return _kept()


def is_something() -> bool:
    """Whether there will be something to read, before the row on top is drawn."""
    chosen = st.query_params.get(EXAMPLE, "") in examples.BY_SLUG
    return chosen or pictures.has_snapshot() or bool(_kept())


def can_be_added_to() -> bool:
    """Whether it is the visitor's own, and not an example."""
    return bool(_kept()) and st.query_params.get(EXAMPLE, "") not in examples.BY_SLUG


def drop_zone_key() -> str:
    """The key of the drop zone, which is another one after each hand-over."""
    return f"uploads-{st.session_state.setdefault(_NUMBER, 0)}"


def take_files(key: str) -> None:
    """Takes the files out of the drop zone of that key; they replace what was there, or are added
    to it.
    """
    files = memory.take(key)
    if not files:
        return
    st.session_state[_NUMBER] += 1
    before = _kept() if st.session_state.get(ADD) else Brought()
    items, size, left_out = [*before.items], before.size, []
    for file in files:
        if file.type == memory.NO_ROOM or size + file.size > memory.VISITOR_MB * 2**20:
            left_out.append(file.name)
            continue
        size += file.size
        kind = kind_of(file.name, file.getvalue()[:HEAD_SIZE])
        if kind is FileKind.VIDEO:
            items.append(Video(file.file_id, file.name, file.getvalue))
        elif kind is FileKind.ARCHIVE:
            items.append(unpacked.unpack(file.file_id, file.name, file.getvalue))
        else:
            items.append(Picture(file.file_id, file.name, file.getvalue))
    if len(left_out) == len(files):  # what was brought before stays
        items, size = _kept().items, _kept().size
    _keep(Brought(items, size, tuple(left_out)))


def tell_archives(brought: Brought) -> None:
    """Says of each ZIP what was left out, and asks for the encoding of names that do not say it."""
    for archive in brought.archives:
        unpacked.tell(archive, _read_names)


def _read_names(archive: Unpacked, encoding: str) -> None:
    """Has the names of a ZIP read in another encoding."""
    again = unpacked.unpack(archive.key, archive.name, archive.data, encoding)
    kept = _kept()
    _keep(replace(kept, items=[again if item is archive else item for item in kept.items]))


def take_shot(key: str) -> None:
    """Takes the picture out of the camera of that key."""
    for shot in memory.take(key):
        if shot.type == memory.NO_ROOM:
            _keep(replace(_kept(), left_out=(shot.name,)))
            continue
        _keep(Brought([Picture(f"camera-{uuid4().hex}", "Camera picture", shot.getvalue)]))
        st.session_state[CAMERA] = False


def forget() -> None:
    """Removes everything, an example too."""
    st.session_state.pop(_BROUGHT, None)
    examples.forget(EXAMPLE)


def tell_too_many(brought: Brought) -> Brought:
    """What of it is read at a time; says what is left out."""
    if brought.left_out:
        st.warning(
            f"{memory.VISITOR_MB} MB are read at a time, files on other pages included. "
            f"Omitted: {pictures.plain(listed(brought.left_out))}. "
            "Bring what was omitted by itself to read it."
        )
    for items, limit, noun in (
        (brought.pictures, MAX_PICTURES, "pictures"),
        (brought.videos, MAX_VIDEOS, "videos"),
    ):
        if len(items) > limit:
            st.warning(
                f"{limit} {noun} are read at a time; the last {len(items) - limit} of yours were "
                "omitted. Bring those by themselves to read them."
            )
    return Brought([*brought.pictures[:MAX_PICTURES], *brought.videos[:MAX_VIDEOS]])


def _kept() -> Brought:
    found: Brought = st.session_state.get(_BROUGHT, Brought())
    return found


def _keep(brought: Brought) -> None:
    st.session_state[_BROUGHT] = brought
    examples.forget(EXAMPLE)
