"""One of many pictures in full, in a window over the page, with previous and next.

Which is open is kept by the pictures' keys, so that neither a filter nor a file that is read
meanwhile moves it to another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from pages.parts.shared import choices, pictures
from pages.parts.shared.pictures import Reading
from pages.parts.upload import picture_card
from pages.parts.upload.settings import ReadingSettings

if TYPE_CHECKING:
    from fer_core.inference.predictor import Predictor

READINGS = "chosen-reading"
"""Where the session keeps what was seen in the opened picture."""
_OPENED = "opened-picture"


@dataclass
class Opened:
    """Keys of the pictures to step through, in order, and the place of the one that is open."""

    keys: list[str]
    at: int

    def step(self, by: int) -> None:
        self.at = min(max(self.at + by, 0), len(self.keys) - 1)


def is_open() -> bool:
    return _OPENED in st.session_state


def open_at(keys: Sequence[str], at: int) -> None:
    """Opens the picture at that place of the list when the page is run next."""
    st.session_state[_OPENED] = Opened(list(keys), at)


def keep_only(keys: Sequence[str]) -> None:
    """Closes the window where a picture to step through is not among these; what was seen in the
    opened one is removed once it is closed.
    """
    if is_open() and not set(st.session_state[_OPENED].keys) <= set(keys):
        _close()
    if not is_open():
        st.session_state.pop(READINGS, None)


def show(readings: list[Reading], settings: ReadingSettings, predictor: "Predictor") -> None:
    """Draws the window where one is open; closed where its picture was taken away."""
    if not is_open():
        return
    by_key = {reading.picture.key: reading for reading in readings}
    if any(key not in by_key for key in st.session_state[_OPENED].keys):
        _close()
    else:
        _show(by_key, settings, predictor)


def _close() -> None:
    st.session_state.pop(_OPENED, None)


@st.dialog("Picture", width=1040, on_dismiss=_close)
def _show(by_key: dict[str, Reading], settings: ReadingSettings, predictor: "Predictor") -> None:
    opened: Opened = st.session_state[_OPENED]
    reading = by_key[opened.keys[opened.at]]
    _show_steps(opened, reading)
    (full,) = pictures.read_all(
        [reading.picture],
        predictor,
        min_confidence=settings.threshold,
        min_face=settings.min_face,
        whole=picture_card.read_as_whole(),
        store=READINGS,
    )
    if full.result.error is not None:
        st.error(pictures.plain(full.result.error))
    picture_card.show(full, settings, predictor)


def _show_steps(opened: Opened, reading: Reading) -> None:
    last = len(opened.keys) - 1
    is_first, is_last = opened.at == 0, opened.at == last
    place, name = f"{opened.at + 1:,} of {last + 1:,}", escape(reading.picture.name)
    with choices.steps(opened.step, "picture", is_first=is_first, is_last=is_last):
        st.html(f'<p role="status">{place}: <strong>{name}</strong></p>')
