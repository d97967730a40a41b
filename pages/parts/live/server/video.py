"""The video with its controls, what is seen in it beside it, and the timeline below.

Frames are read in streamlit-webrtc's own thread, which calls nothing of Streamlit; results
cross by the lock-protected `LiveProcessor` in the visitor's session.
"""

from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.inference.live.state import LiveSettings
from fer_core.runs.store import Run
from pages.parts.live import snapshot
from pages.parts.live.server import camera_words, connection, readings, session
from pages.parts.live.server.ice import IceConfiguration
from pages.parts.live.server.session import LiveSession
from pages.parts.shared import frame, pictures

if TYPE_CHECKING:
    from fer_core.inference.predictor import Predictor

_REFRESH = 0.5
"""Seconds between two looks at the newest frame."""
_SAVE = 10.0
"""Seconds between two files of the session so far."""
_CAMERA = {"width": {"ideal": 640}, "height": {"ideal": 480}, "frameRate": {"ideal": 20, "max": 30}}


def show(
    visitor: LiveSession,
    ice: IceConfiguration,
    run: Run,
    predictor: "Predictor",
    settings: LiveSettings,
) -> None:
    """Draws all of it; where no picture comes, the reason above and single pictures below."""
    notice = st.container()
    left, right = st.columns([2, 1], gap="medium")
    with left:
        with st.container(key="live-video"):
            running = _stream(visitor, ice)
        camera_words.tell_errors()
    every = _REFRESH if running else None

    @frame.fragment(run_every=every)
    def now() -> None:
        session.watch(visitor)
        readings.show_now(visitor)

    @frame.fragment(run_every=2 * every if every else None)
    def timeline() -> None:
        readings.show_timeline(visitor)

    @frame.fragment(run_every=_SAVE if running else None)
    def download() -> None:
        readings.offer_timeline(visitor)

    with right:
        with st.container(key="live-now"):
            now()
        if running:
            _offer_snapshot(visitor, run)
    if visitor.failed:
        notice.warning(connection.failure(visitor, ice))
        snapshot.take(predictor, settings)
    else:
        timeline()
        download()
    if predictor.detector.note:
        st.caption(f"{predictor.detector.note} It has no detection threshold.")
    st.caption(
        "Each frame is kept in this server's memory until the next one comes; nothing is stored. "
        "The video ends when you stop the camera or leave the page."
    )


@frame.fragment
def _offer_snapshot(visitor: LiveSession, run: Run) -> None:
    """A button that keeps the newest frame for the Upload page, and a link to it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Take snapshot", key="take-snapshot"):
            picture = visitor.processor.last_frame()
            if picture is None:
                st.caption("No picture has come yet. Wait until the video plays.", width="content")
            else:
                pictures.give_snapshot(picture)
        snapshot.link(run)


def _stream(visitor: LiveSession, ice: IceConfiguration) -> bool:
    """The video with its buttons; returns whether the browser is connecting or connected."""
    from streamlit_webrtc import WebRtcMode, webrtc_streamer

    context: Any = webrtc_streamer(
        key=session.STREAM,
        mode=WebRtcMode.SENDRECV,
        rtc_configuration={"iceServers": [dict(server) for server in ice.servers]},
        media_stream_constraints={"video": _CAMERA, "audio": False},
        video_html_attrs={
            "autoPlay": True,
            "controls": False,
            "muted": True,
            "style": {"width": "100%"},
        },
        translations=camera_words.TRANSLATIONS,  # type: ignore[arg-type]
        queued_video_frames_callback=visitor.read,
        on_video_ended=visitor.ended,
        async_processing=True,
        sendback_audio=False,
        media_toggle_controls=False,
    )
    running = bool(context.state.playing or context.state.signalling)
    visitor.follow(running)
    return running
