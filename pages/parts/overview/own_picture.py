"""What a visitor gives to be answered: a file, a shot by the camera, or an example."""

from dataclasses import dataclass

import streamlit as st

from fer_core.inference.file_types import PICTURE_SUFFIXES
from pages.parts.shared import examples, memory, navigation
from pages.parts.shared.examples import EXAMPLES
from pages.parts.shared.pictures import Picture

_KEY = "example"
_UPLOAD, _SHOT, _LAST = "own-picture", "own-shot", "own-last"


@dataclass(frozen=True)
class Given:
    """The picture to answer; `slug` names an example, and `source` says where it is from."""

    picture: Picture
    slug: str = ""
    source: str = ""


def ask() -> Given:
    """Draws drop zone, camera and examples; what was given last, the first example before."""
    with st.container(key="own"):
        return _ask()


def _ask() -> Given:
    upload = st.file_uploader(
        "A picture of a face",
        PICTURE_SUFFIXES,
        key=_UPLOAD,
        on_change=_note,
        args=(_UPLOAD,),
        max_upload_size=memory.most(),
        help="It is read in memory and removed some minutes after you close the window.",
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        camera = st.toggle("Use the camera", key="own-camera")
        st.page_link(navigation.UPLOAD, label="Many pictures, ZIPs, videos")
    shot = None
    if camera:
        shot = st.camera_input(
            "Take a picture",
            key=_SHOT,
            label_visibility="collapsed",
            on_change=_note,
            args=(_SHOT,),
        )
    upload, shot = memory.keep_only("overview", upload, shot)
    st.caption("Or click one:")
    example = examples.thumbnails(key=_KEY)
    file = (upload or shot) if st.session_state.get(_LAST) == _UPLOAD else (shot or upload)
    if example is None and file is not None:
        name = "Camera picture" if file is shot else file.name
        return Given(Picture(file.file_id, name, file.getvalue))
    shown = example or EXAMPLES[0]
    return Given(Picture(shown.slug, shown.name, shown.data), shown.slug, shown.source)


def _note(key: str) -> None:
    """The picture of that key came last, after any example too."""
    st.session_state[_LAST] = key
    examples.forget(_KEY)
