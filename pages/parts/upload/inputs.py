"""The row on top: drop zone, clipboard, camera, examples, and the button for model and framing.

It is large while there is nothing to show, and small above a result.
"""

import streamlit as st

from fer_core.inference import file_types
from fer_core.runs.store import Run
from pages.parts.shared import examples, memory
from pages.parts.upload import brought, paste, picture_card, settings
from pages.parts.upload.brought import Brought
from pages.parts.upload.settings import ReadingSettings


def row(runs: list[Run]) -> tuple[Brought, ReadingSettings]:
    """Draws the row, and returns what is to be read and how."""
    small = brought.is_something()
    with st.container(horizontal=True, key="bring-small" if small else "bring"):
        with st.container(key="drop"):
            _drop_zone()
        with st.container(key="bring-examples"):
            if not small:
                st.caption("Or click one:")
            example = examples.thumbnails(key=brought.EXAMPLE)
        with st.container(key="bring-buttons"):
            _camera()
            label = f"Model and framing{', changed' if settings.are_changed() else ''}"
            with st.popover(label, icon=":material/tune:", key="reading", width="stretch"):
                chosen = settings.choose(runs)
            if small:
                st.button("Clear", key="forget-uploads", on_click=_start_over)
    if not small:
        st.caption(
            f"Up to {brought.MAX_PICTURES} pictures ({file_types.PICTURE_FORMATS}), ZIPs of them, "
            f"or {brought.MAX_VIDEOS} videos of up to ten minutes; "
            f"{memory.most()} MB a file, {memory.VISITOR_MB} MB in all. "
            "Files are read in memory and removed some minutes after you close the window."
        )
    return brought.now(example), chosen


def _start_over() -> None:
    brought.forget()
    picture_card.read_as_whole().clear()
    settings.reset()


def _drop_zone() -> None:
    key = brought.drop_zone_key()
    st.file_uploader(
        "Drop pictures, a ZIP of pictures, or a video",
        None,  # any: what cannot be read is told beside the others, as the command does
        accept_multiple_files=True,
        max_upload_size=memory.most(),
        key=key,
        on_change=brought.take_files,
        args=(key,),
    )
    paste.button()


def _camera() -> None:
    """A button that opens the camera, which is off again after the picture."""
    camera = st.popover(
        "Camera",
        icon=":material/photo_camera:",
        key=brought.CAMERA,
        on_change="rerun",
        width="stretch",
    )
    if camera.open:
        camera.camera_input(
            "Take a picture", key="shot", on_change=brought.take_shot, args=("shot",), width=420
        )
