"""Which face detector was used, and another attempt to fetch the better one."""

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from fer_core.inference.detector import FaceDetector


def show(detector: "FaceDetector") -> None:
    """Names the detector; offers another attempt where it is the fallback."""
    if not detector.note:
        st.caption(f"Face detector: {detector.name}.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Face detector: {detector.name}. {detector.note}", width="stretch")
        if st.button("Try again", key="retry-detector", help="Fetch the better detector again"):
            from fer_core.inference.detector import load_detector

            with st.spinner("Fetching the face detector, at most 5 seconds"):
                load_detector(retry=True)
            st.rerun()
