"""How far the reading of a visitor's files is, and how to cancel and continue it."""

from collections.abc import Callable

import streamlit as st

CANCELLED = "cancelled-readings"


class Progress:
    """A bar and a button that cancels, drawn when the first new work begins.

    What is cancelled stays so until work of another `key` comes.
    """

    def __init__(self, key: tuple[str, ...]) -> None:
        self._key = key
        self._place = st.empty()
        # Another one: in the bar's place an old offer would stay for a while, and move the button
        # under the pointer when it goes.
        self._offer = st.empty()
        self._draw: Callable[[float, str], object] | None = None
        self._cancelled: set[tuple[str, ...]] = st.session_state.setdefault(CANCELLED, set())

    @property
    def is_cancelled(self) -> bool:
        return self._key in self._cancelled

    def show(self, share: float, text: str) -> None:
        """Shows how much is done, 0-1, and what is being done."""
        if self._draw is None:
            with self._place.container(horizontal=True, vertical_alignment="center"):
                self._draw = st.progress(0.0).progress
                cancel = self._cancelled.add
                st.button("Cancel", key=f"cancel-{self._key[0]}", on_click=cancel, args=[self._key])
        self._draw(share, text)

    def end(self, missing: str, offer: str) -> None:
        """Clears the place; says what is `missing`, if anything is, after a cancellation and
        offers to read it.
        """
        self._place.empty()
        if self.is_cancelled and missing:
            with self._offer.container(horizontal=True, vertical_alignment="center"):
                st.info(f"Cancelled. {missing}", width="stretch")
                resume = self._cancelled.discard
                st.button(offer, key=f"resume-{self._key[0]}", on_click=resume, args=[self._key])
