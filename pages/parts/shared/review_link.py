"""From any face to the decision on its label: the Review tab of the Dataset page."""

import streamlit as st

from pages.parts.shared import address, navigation

JUMP = "review-jump"
"""In the session: the image that the Review tab is to open at."""


def button(path: str, *, key: str) -> None:
    """A button that opens the Review tab at the image `path`, as `train/happy/im0.png`."""
    if not st.button("Review this label", key=key, on_click=_aim, args=(path,)):
        return
    if address.page() == "Dataset":  # whose address follows its tabs, and refuses to be set
        st.rerun()
    st.switch_page(navigation.DATASET, query_params={"tab": "Review"})


def _aim(path: str) -> None:
    st.session_state[JUMP] = path
    if address.page() == "Dataset":
        st.session_state["tab"] = "Review"
