"""What a visitor brings: pictures, ZIPs, a camera snapshot, videos, samples."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from fer_core.errors import ImageError
from pages.parts.shared import handover, pictures
from pages.parts.shared.pictures import Picture

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

PICTURE_TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"]
VIDEO_TYPES = ["mp4", "webm", "avi", "mov", "m4v", "mkv"]
MAX_VIDEOS = 3

Item = TypeVar("Item")

_KEPT = "kept-uploads"


@dataclass(frozen=True)
class Video:
    """A video to read.

    Attributes:
        key: the same for the same upload within a session.
        name: as shown to the user.
        file: gives its bytes, which Streamlit keeps in memory.
    """

    key: str
    name: str
    file: "UploadedFile"


@dataclass(frozen=True)
class Inputs:
    """What was brought, in order."""

    pictures: list[Picture]
    videos: list[Video]


def collect() -> Inputs:
    """The drop zone, the camera and the samples, and what the visitor gave by them."""
    uploads = st.file_uploader(
        f"Pictures, up to {pictures.MAX_PICTURES} at a time, ZIPs of pictures, or videos of up to "
        "ten minutes",
        [*PICTURE_TYPES, "zip", *VIDEO_TYPES],
        accept_multiple_files=True,
        key="uploads",
        on_change=_forget_kept,
    )
    uploads = _kept(uploads)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        samples = st.pills(
            "Or try a sample",
            pictures.SAMPLES,
            selection_mode="multi",
            key="sample",
            bind="query-params",
        )
        camera = st.toggle("Use the camera", key="camera")
    st.caption(
        "Files are read in memory and forgotten when you close the window; nothing is written to "
        "disk."
    )
    shot = st.camera_input("Take a picture", key="shot", width=420) if camera else None
    chosen: list[Picture] = []
    videos: list[Video] = []
    for file in uploads:
        if _ends_on(file.name, VIDEO_TYPES):
            videos.append(Video(file.file_id, file.name, file))
        elif _ends_on(file.name, ["zip"]):
            chosen += _unpacked(file)
        else:
            chosen.append(Picture(file.file_id, file.name, file.getvalue))
    if shot is not None:
        chosen.append(Picture(shot.file_id, "Camera picture", shot.getvalue))
    chosen += handover.offer()
    chosen += [pictures.sample(name) for name in samples]
    return Inputs(_at_most(chosen, pictures.MAX_PICTURES), _at_most(videos, MAX_VIDEOS))


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
            st.caption("What you brought before is still here.", width="content")
            st.button("Forget it", key="forget-uploads", on_click=_forget_kept)
    return kept


def _forget_kept() -> None:
    st.session_state.pop(_KEPT, None)


def _at_most(items: list[Item], limit: int) -> list[Item]:
    """The first `limit` of them; says how many are left out."""
    if len(items) > limit:
        noun = "pictures" if limit == pictures.MAX_PICTURES else "videos"
        st.warning(
            f"{limit} {noun} are read at a time; the last {len(items) - limit} of yours were left "
            "out. Remove some to read the others."
        )
    return items[:limit]


def _ends_on(name: str, endings: list[str]) -> bool:
    return name.lower().endswith(tuple(f".{ending}" for ending in endings))


def _unpacked(file: "UploadedFile") -> list[Picture]:
    """The members of a ZIP, each read when it is its turn; the ZIP itself where it is refused."""
    from fer_core.inference.pictures.zip_file import PictureArchive

    try:
        archive = PictureArchive(file.getvalue(), file.name)
    except ImageError as exc:
        return [Picture(file.file_id, file.name, pictures.refusing(exc))]
    return [
        Picture(f"{file.file_id}-{key}", name, partial(archive.read, key))
        for key, name in archive.members()
    ]
