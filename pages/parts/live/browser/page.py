"""The browser mode: faces are read on the visitor's own machine, and no video leaves it."""

from collections.abc import Sequence

import streamlit as st

from fer_core import paths
from fer_core.inference.live.state import LiveSettings
from fer_core.runs.store import Run, chosen_run_id
from pages.parts.live import mode, snapshot
from pages.parts.live.browser import component
from pages.parts.shared import navigation

_FIRST = "compact-int8"
"""Network for live video: int8-quantized, so quick and nearly as accurate as `compact`."""


def first_model() -> str | None:
    """Name of the run that is chosen at first; None where the owner chose what the app uses."""
    return None if chosen_run_id(paths.runs_dir()) else _FIRST


def show(run: Run, runs: Sequence[Run], settings: LiveSettings, recurrent: bool) -> None:
    """Draws all of it; `run` is the chosen one of `runs`, `recurrent` whether a recurrent network
    reads its features over time.
    """
    with st.container(key="live-browser-place"):
        component.show(run, runs, settings, recurrent)
    with st.container(key="live-snapshot"):
        snapshot.link(run)
    with st.container(key="live-ways"):  # for the component's own buttons, which click these
        st.page_link(navigation.UPLOAD, label="Open Upload")
        st.button("Read faces on the server", on_click=mode.choose_server, key="choose-server")
    st.caption(
        "Video and faces stay in this browser: detector and network run in the page itself, and "
        "nothing is sent but a snapshot that you take. Your answers are kept in this browser alone."
    )
