"""A ZIP that the visitor brought: its pictures and videos, and what is to be said of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from fer_core import formats
from fer_core.errors import ImageError
from fer_core.inference import file_types
from fer_core.inference.file_types import FileKind
from pages.parts.shared import pictures
from pages.parts.shared.pictures import Picture

_ENCODINGS = {
    "gbk": "Chinese, simplified",
    "big5": "Chinese, traditional",
    "cp932": "Japanese",
    "cp949": "Korean",
    "cp866": "Russian",
    "cp850": "Western Europe",
    "cp1252": "Western Europe, Windows",
}


@dataclass(frozen=True)
class Video:
    """A video to read: `data` gives its bytes, `key` is the same for the same upload."""

    key: str
    name: str
    data: Callable[[], bytes]


@dataclass(frozen=True)
class Unpacked:
    """A ZIP with its pictures and videos, in order.

    Attributes:
        key: the same for the same upload.
        name: as shown to the visitor.
        data: gives its bytes.
        members: to read.
        others: paths of the members that are neither picture nor video.
        encoding: that its names were read in; empty where they say it.
    """

    key: str
    name: str
    data: Callable[[], bytes]
    members: tuple[Picture | Video, ...]
    others: tuple[str, ...]
    encoding: str


def unpack(
    key: str, name: str, data: Callable[[], bytes], encoding: str | None = None
) -> Unpacked | Picture:
    """Opens a ZIP, whose members are each read in their turn; the ZIP itself as a picture that
    cannot be read where it is refused. Its names are in `encoding`, None to guess it.
    """
    from fer_core.inference.pictures.zip_file import VISITOR_LIMITS, PictureArchive

    try:
        archive = PictureArchive(data(), name, VISITOR_LIMITS, encoding)
    except ImageError as exc:
        error = exc  # the name of an except clause ends with it

        def refuse() -> bytes:
            raise error

        return Picture(key, name, refuse)
    encoding = encoding or archive.guessed or ""
    members = tuple(
        (Video if archive.kind(member) is FileKind.VIDEO else Picture)(
            f"{key}-{encoding}-{member}", path, partial(archive.read, member)
        )
        for member, path in archive.members()
    )
    return Unpacked(key, name, data, members, tuple(archive.others), encoding)


def tell(archive: Unpacked, read_names: Callable[[Unpacked, str], None]) -> None:
    """Says what of a ZIP was left out, and asks for the encoding of names that do not say it;
    `read_names` is called with another one.
    """
    name = pictures.plain(archive.name)
    if archive.others:
        others = pictures.plain(file_types.listed(archive.others))
        count = formats.counted(len(archive.others), "file")
        st.caption(f"{name}: {count} of other kinds left out ({others}).")
    if archive.encoding:
        key = f"encoding-{archive.key}"
        offered = list(dict.fromkeys((*_ENCODINGS, archive.encoding)))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Names in {name} do not say their encoding. Read as", width="content")
            st.selectbox(
                f"Encoding of names in {archive.name}",
                offered,
                offered.index(archive.encoding),
                format_func=lambda it: f"{_ENCODINGS[it]} ({it})" if it in _ENCODINGS else it,
                key=key,
                on_change=lambda: read_names(archive, st.session_state[key]),
                label_visibility="collapsed",
                width=260,
            )
