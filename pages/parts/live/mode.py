"""Where faces are read: in the visitor's own browser, or on this server."""

from enum import StrEnum

import streamlit as st

from pages.parts.shared import choices
from pages.parts.shared.address import tell_unknown

_KEY = "mode"


class Mode(StrEnum):
    """Where faces are read; the value is what the address says."""

    BROWSER = "browser"
    """Detector and network run in the page itself: no video leaves the visitor's machine."""
    SERVER = "server"
    """The video goes to this server by WebRTC and comes back drawn."""


_NAMES = {Mode.BROWSER: "In your browser", Mode.SERVER: "On the server"}


def choose() -> Mode:
    """Asks where; the address keeps the answer."""
    tell_unknown("mode", _KEY, list(Mode))
    asked = st.query_params.get(_KEY)
    if asked is not None and asked not in list(Mode):
        del st.query_params[_KEY]
    st.session_state[_KEY] = Mode(asked) if asked in list(Mode) else Mode.BROWSER
    chosen = st.segmented_control(
        "Faces are read",
        list(Mode),
        format_func=lambda mode: _NAMES[mode],
        required=True,
        key=_KEY,
        on_change=lambda: choices.set_name(_KEY, st.session_state[_KEY], Mode.BROWSER),
    )
    return Mode(chosen)


def choose_server() -> None:
    """Chooses reading on the server, as a button's callback."""
    choices.set_name(_KEY, Mode.SERVER, Mode.BROWSER)
