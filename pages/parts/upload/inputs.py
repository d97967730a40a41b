"""What a visitor gives: pictures, ZIPs, a camera snapshot, videos, samples."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from fer_core.errors import ImageError
from fer_core.images import png
from pages.parts.shared import pictures
from pages.parts.shared.pictures import Picture

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

PICTURE_TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"]
VIDEO_TYPES = ["mp4", "webm", "avi", "mov", "m4v", "mkv"]
MAX_PICTURES, MAX_VIDEOS = 500, 3

ASTRONAUT, DRAWN = "Astronaut", "Drawn faces"
SAMPLES = {ASTRONAUT: "Photograph of an astronaut", DRAWN: "Drawn faces (synthetic)"}
"""Short name, as on its button and in the URL, and full name."""

Item = TypeVar("Item")

_KEPT = "kept-uploads"


@dataclass(frozen=True)
class Video:
    """A video to read: `data` gives its bytes, `key` is the same for the same upload."""

    key: str
    name: str
    data: Callable[[], bytes]


@dataclass(frozen=True)
class Inputs:
    """What was given, in order."""

    pictures: list[Picture]
    videos: list[Video]


def collect() -> Inputs:
    """Draws the drop zone, the camera and the samples, and returns what they hold."""
    uploads = st.file_uploader(
        f"Pictures, up to {MAX_PICTURES} at a time, ZIPs of pictures, or videos of up to "
        "ten minutes",
        [*PICTURE_TYPES, "zip", *VIDEO_TYPES],
        accept_multiple_files=True,
        key="uploads",
        on_change=_forget_kept,
    )
    uploads = _kept(uploads)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        samples = st.pills(
            "Or try a sample", SAMPLES, selection_mode="multi", key="sample", bind="query-params"
        )
        camera = st.toggle("Use the camera", key="camera")
    st.caption(
        "Files are read in memory and removed when you close the window; nothing is written to "
        "disk."
    )
    shot = st.camera_input("Take a picture", key="shot", width=420) if camera else None
    chosen: list[Picture] = []
    videos: list[Video] = []
    for file in uploads:
        ending = file.name.lower().rpartition(".")[2]
        if ending in VIDEO_TYPES:
            videos.append(Video(file.file_id, file.name, file.getvalue))
        elif ending == "zip":
            chosen += _unpacked(file)
        else:
            chosen.append(Picture(file.file_id, file.name, file.getvalue))
    if shot is not None:
        chosen.append(Picture(shot.file_id, "Camera picture", shot.getvalue))
    chosen += pictures.offer_snapshot()
    for name in samples:
        data = _astronaut if name == ASTRONAUT else None
        chosen.append(Picture(f"sample-{name}", SAMPLES[name], data))
    return Inputs(
        _at_most(MAX_PICTURES, "pictures", chosen), _at_most(MAX_VIDEOS, "videos", videos)
    )


def _kept(uploads: "list[UploadedFile]") -> "list[UploadedFile]":
    """`uploads`; for a visitor who comes back from another page, those from before, because
    Streamlit empties the drop zone.
    """
    if uploads:
        st.session_state[_KEPT] = uploads
        return uploads
    kept: list[UploadedFile] = st.session_state.get(_KEPT, [])
    if kept:
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            st.caption("Your earlier files are still here.", width="content")
            st.button("Remove them", key="forget-uploads", on_click=_forget_kept)
    return kept


def _forget_kept() -> None:
    st.session_state.pop(_KEPT, None)


def _at_most(limit: int, noun: str, items: list[Item]) -> list[Item]:
    """The first `limit` of them; says how many are left out."""
    if len(items) > limit:
        st.warning(
            f"{limit} {noun} are read at a time; the last {len(items) - limit} of yours were "
            "omitted. Remove some to read the others."
        )
    return items[:limit]


def _unpacked(file: "UploadedFile") -> list[Picture]:
    """The members of a ZIP, each read in its turn; the ZIP itself where it is refused."""
    from fer_core.inference.pictures.zip_file import PictureArchive

    try:
        archive = PictureArchive(file.getvalue(), file.name)
    except ImageError as exc:
        error = exc  # the name of an except clause ends with it

        def refuse() -> bytes:
            raise error

        return [Picture(file.file_id, file.name, refuse)]
    return [
        Picture(f"{file.file_id}-{key}", name, partial(archive.read, key))
        for key, name in archive.members()
    ]


def _astronaut() -> bytes:
    """NASA's portrait of Eileen Collins, public domain, as scikit-image carries it."""
    from skimage import data

    return png(data.astronaut())
