"""Hands a snapshot from the Live page to the Upload page, in the visitor's session only."""

from uuid import uuid4

import streamlit as st
from numpy import uint8
from numpy.typing import NDArray

from pages.parts.shared.pictures import Picture

_KEY = "handed-over"
NAME = "Snapshot from live video"


def give(frame_bgr: NDArray[uint8]) -> None:
    """Keeps a frame, uint8 (h, w, 3), BGR, in place of the one before."""
    import cv2

    _, buffer = cv2.imencode(".png", frame_bgr)
    st.session_state[_KEY] = (f"live-{uuid4().hex}", buffer.tobytes())


def is_kept() -> bool:
    """Whether a snapshot waits for the Upload page."""
    return _KEY in st.session_state


def offer() -> list[Picture]:
    """The snapshot as a picture to read, with a button that removes it; empty without one."""
    if not is_kept():
        return []
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.caption(f"{NAME} is shown below; it is kept in memory only.", width="content")
        if st.button("Remove the snapshot", key="forget-snapshot"):
            del st.session_state[_KEY]
            st.rerun()
    key, data = st.session_state[_KEY]
    return [Picture(key, NAME, lambda: data)]
