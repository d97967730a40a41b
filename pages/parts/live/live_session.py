"""The wiring of the Live page: one visitor's video, the places, the ICE servers.

Video frames are read in streamlit-webrtc's own thread, which calls nothing of Streamlit;
results cross by the lock-protected `LiveProcessor` in the visitor's session.
"""

import os
import time
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import streamlit as st

from fer_core.inference.live import memory
from fer_core.inference.live.processor import LiveProcessor
from fer_core.inference.live.sessions import LiveSessions, max_sessions
from pages.parts.live.ice import SETTINGS, IceConfiguration, IceFinder

if TYPE_CHECKING:
    from av import VideoFrame

    from fer_core.inference.predictor import Predictor

WATCHDOG = 15.0
"""Seconds without a picture after which the page offers snapshots."""
_GIVEN_UP_AFTER = 5.0
"""Seconds from which an attempt that ended without a picture counts as failed."""
_STREAM = "live-stream"
_SESSION = "live-session"
_CAMERA = {
    "width": {"ideal": 640},
    "height": {"ideal": 480},
    "frameRate": {"ideal": 20, "max": 30},
}
_WORDS = {"start": "Start camera", "stop": "Stop camera", "select_device": "Choose camera"}


@dataclass
class LiveSession:
    """One visitor's live video.

    Attributes:
        processor: reads the frames.
        places: where the visitor needs one.
        visitor: name of the visitor in `places`.
        started: when the running attempt began, in seconds of `time.perf_counter`; None
            while the camera is off.
        failed: whether the last attempt, or the running one, brought no picture.
    """

    processor: LiveProcessor
    places: LiveSessions
    visitor: str = field(default_factory=lambda: uuid4().hex)
    started: float | None = None
    failed: bool = False

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
        drawn = self.processor.process_newest(frames, _pixels)
        return [VideoFrame.from_ndarray(drawn, format="bgr24")]

    def ended(self) -> None:
        """Called when the video has ended, in whatever thread."""
        self.processor.end()
        self.places.release(self.visitor)
        memory.give_back_soon()

    def follow(self, running: bool) -> None:
        """Notes that an attempt began or ended.

        Args:
            running: whether the browser is connecting or connected.
        """
        if running and self.started is None:
            self.processor.begin()
            self.started = time.perf_counter()
            self.failed = False
        elif not running and self.started is not None:
            without_picture = self.processor.state().statistics.processed == 0
            self.failed = without_picture and self.silent_for > _GIVEN_UP_AFTER
            self.started = None
            self.ended()


def session(predictor: "Predictor") -> LiveSession:
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
        del st.session_state[_STREAM]
        visitor.follow(running=False)
        return False
    return visitor.places.has_room(visitor.visitor)


def draw_video(visitor: LiveSession, ice: IceConfiguration) -> bool:
    """Draws the video with its buttons.

    Returns:
        Whether the browser is connecting or connected.
    """
    from streamlit_webrtc import WebRtcMode, webrtc_streamer

    context: Any = webrtc_streamer(
        key=_STREAM,
        mode=WebRtcMode.SENDRECV,
        rtc_configuration={"iceServers": [dict(server) for server in ice.servers]},
        media_stream_constraints={"video": _CAMERA, "audio": False},
        video_html_attrs={
            "autoPlay": True,
            "controls": False,
            "muted": True,
            "style": {"width": "100%"},
        },
        translations=_WORDS,  # type: ignore[arg-type]
        queued_video_frames_callback=visitor.read,
        on_video_ended=visitor.ended,
        async_processing=True,
        sendback_audio=False,
        media_toggle_controls=False,
    )
    running = bool(context.state.playing or context.state.signalling)
    visitor.follow(running)
    return running


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


def camera_allowed() -> bool:
    """Whether browsers give a camera to a page at this address.

    They do so for https and for the visitor's own machine only (W3C, Secure Contexts).
    """
    address = urlsplit(st.context.url or "")
    host = address.hostname or ""
    local = host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")
    return address.scheme != "http" or local


def ice_configuration() -> IceConfiguration:
    """The servers that this deployment's secrets and environment name."""
    stored = st.secrets if st.secrets.load_if_toml_exists() else {}
    settings = {name: str(stored.get(name, "") or os.environ.get(name, "")) for name in SETTINGS}
    return _finder().find(settings)


@cache
def places() -> LiveSessions:
    """The places of this server; not in Streamlit's cache, which any visitor can empty."""
    return LiveSessions(max_sessions())


@cache
def _finder() -> IceFinder:
    """Not in Streamlit's cache either: providers would be asked whenever it is emptied."""
    return IceFinder()


def _is_asked_for() -> bool:
    """Whether the browser is connecting or connected."""
    context = st.session_state.get(_STREAM)
    return context is not None and bool(context.state.playing or context.state.signalling)


def _pixels(frame: "VideoFrame") -> Any:
    return frame.to_ndarray(format="bgr24")
