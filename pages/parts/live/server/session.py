"""One visitor's live video, and the places that a server has for visitors."""

import time
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING
from uuid import uuid4

import streamlit as st

from fer_core import formats
from fer_core.inference.live import memory
from fer_core.inference.live.processor import LiveProcessor
from fer_core.inference.live.sessions import LiveSessions, max_sessions
from pages.parts.shared import frame

if TYPE_CHECKING:
    from av import VideoFrame

    from fer_core.inference.predictor import Predictor

WATCHDOG = 15.0
"""Seconds without a picture after which the page offers snapshots."""
_GIVEN_UP_AFTER = 5.0
"""Seconds from which an attempt that ended without a picture counts as failed."""
_LOST_AFTER = 3.0
"""Seconds without a picture from which a video that ends was not stopped: its connection was lost.
Browsers give one up after five or more, and the button of a running video stops it at once."""
STREAM = "live-stream"
"""Key of the video's component."""
_SESSION = "live-session"
_INSTEAD = "choose 'In your browser' above, or take single pictures."


@dataclass
class LiveSession:
    """One visitor's live video."""

    processor: LiveProcessor
    places: LiveSessions
    visitor: str = field(default_factory=lambda: uuid4().hex)  # name in `places`
    started: float | None = None
    """`time.perf_counter` when the running attempt began; None while the camera is off."""
    failed: bool = False
    """Whether the last attempt, or the running one, brought no picture."""
    lost: bool | None = None
    """Whether the last video ended though nobody stopped it; None until it has ended."""
    heard: str = ""
    """What a screen reader was told last, and when (`time.perf_counter`)."""
    heard_at: float = 0.0

    @property
    def silent_for(self) -> float:
        """Seconds since the last picture, or since the start; 0 while the camera is off."""
        if self.started is None:
            return 0.0
        state = self.processor.state()
        return state.now - max(self.started, state.statistics.last_frame or 0.0)

    async def read(self, frames: "list[VideoFrame]") -> "list[VideoFrame]":
        """Called in the video's thread with the frames that wait."""
        from av import VideoFrame

        self.places.renew(self.visitor)
        drawn = self.processor.process_newest(
            frames, lambda frame: frame.to_ndarray(format="bgr24")
        )
        return [VideoFrame.from_ndarray(drawn, format="bgr24")]

    def ended(self) -> None:
        """Called when the video has ended, in whatever thread, and when the page hears of it."""
        if self.lost is None:
            seen = self.processor.state().statistics.processed > 0
            self.lost = seen and self.silent_for > _LOST_AFTER
        self.processor.end()
        self.places.release(self.visitor)
        memory.give_back_soon()

    def follow(self, running: bool) -> None:
        """Notes that an attempt began or ended: whether the browser is connecting or connected."""
        if running and self.started is None:
            self.processor.begin()
            self.started = time.perf_counter()
            self.failed, self.lost = False, None
        elif not running and self.started is not None:
            without_picture = self.processor.state().statistics.processed == 0
            self.failed = without_picture and self.silent_for > _GIVEN_UP_AFTER
            self.ended()
            self.started = None


def of_visitor(predictor: "Predictor") -> LiveSession:
    """This visitor's session, made at the first call."""
    if _SESSION not in st.session_state:
        st.session_state[_SESSION] = LiveSession(LiveProcessor(predictor), places())
    found: LiveSession = st.session_state[_SESSION]
    return found


def admit(visitor: LiveSession) -> bool:
    """Whether the visitor may use the camera; one who asks for it takes a place.

    It comes before the video is drawn, for drawing is what starts a connection.
    """
    if _is_asked_for():
        if visitor.places.claim(visitor.visitor):
            return True
        del st.session_state[STREAM]
        visitor.follow(running=False)
        return False
    return visitor.places.has_room(visitor.visitor)


def watch(visitor: LiveSession) -> None:
    """Keeps the visitor's place, and reruns the page once when no picture comes.

    A visitor to whom no picture comes keeps no place: others wait for it.
    """
    if visitor.started is None:
        return
    overdue = visitor.silent_for > WATCHDOG
    if overdue != visitor.failed:
        visitor.failed = overdue
        st.rerun()
    if not overdue and not visitor.places.claim(visitor.visitor):
        st.rerun()  # which says that every place is taken


def show_full(visitor: LiveSession) -> None:
    """Says that every place is taken, and draws the page again when one is free."""
    limit = visitor.places.limit
    st.info(
        f"Live video is in use by {formats.counted(limit, 'visitor')}, as many as this server "
        "takes at once. This page offers the camera as soon as a place is free. Until then, "
        f"{_INSTEAD}"
        if limit
        else f"Live video on the server is turned off. {_INSTEAD[0].upper()}{_INSTEAD[1:]}"
    )

    @frame.fragment(run_every=3.0 if limit else None)
    def wait() -> None:
        if visitor.places.has_room(visitor.visitor):
            st.rerun()

    wait()


@cache
def places() -> LiveSessions:
    """The places of this server; not in Streamlit's cache, which any visitor can empty."""
    return LiveSessions(max_sessions())


def _is_asked_for() -> bool:
    """Whether the browser is connecting or connected."""
    context = st.session_state.get(STREAM)
    return context is not None and bool(context.state.playing or context.state.signalling)
