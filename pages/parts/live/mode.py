"""Where faces are read: in the visitor's own browser, or on this server."""

import time
from enum import StrEnum

import streamlit as st

from pages.parts.shared import choices
from pages.parts.shared.address import tell_unknown

_KEY = "mode"
_CHANGED = "mode-changed"
_SETTLES = 3.0
"""Seconds after a choice in which the page may still be run by the address before it."""


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
    asked = _asked()
    if asked is not None and asked not in list(Mode):
        del st.query_params[_KEY]
    st.session_state[_KEY] = Mode(asked) if asked in list(Mode) else Mode.BROWSER
    chosen = st.segmented_control(
        "Faces are read",
        list(Mode),
        format_func=lambda mode: _NAMES[mode],
        required=True,
        key=_KEY,
        on_change=lambda: _change(st.session_state[_KEY]),
    )
    return Mode(chosen)


def choose_server() -> None:
    """Chooses reading on the server, as a button's callback."""
    _change(Mode.SERVER)


def _change(chosen: Mode) -> None:
    st.session_state[_CHANGED] = (st.query_params.get(_KEY), chosen, time.monotonic())
    choices.set_name(_KEY, chosen, Mode.BROWSER)


def _asked() -> str | None:
    """What the address says, or the choice that was made since: the component of the server mode
    has the page run as it loads, by the address that it knows.
    """
    asked = st.query_params.get(_KEY)
    left, chosen, when = st.session_state.get(_CHANGED, (None, asked, 0.0))
    if asked != left or time.monotonic() - when > _SETTLES:
        return asked
    choices.set_name(_KEY, chosen, Mode.BROWSER)
    return str(chosen)
