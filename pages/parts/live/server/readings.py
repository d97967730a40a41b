"""What the Live page shows beside the video: state, current bars, figures, timeline."""

import time
from datetime import UTC, datetime
from html import escape
from zoneinfo import ZoneInfo

import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.inference.live.processor import MAX_FACES
from fer_core.inference.live.state import TIMELINE, LiveFace, LiveState, timeline_table
from fer_core.plots.timeline import timeline_figure
from fer_core.tables import to_csv
from pages.parts.live import words
from pages.parts.live.server.session import LiveSession
from pages.parts.shared import charts, faces

_STALE = 2.0
"""Seconds without a frame from which the page says so."""
_SPOKEN = 3.0
"""Seconds between two words to a screen reader."""


def show_now(visitor: LiveSession) -> None:
    """The leading face's verdict and bars, the other faces, and how the video runs."""
    state = visitor.processor.state()
    leading = state.faces[0] if state.faces else None
    plays = visitor.started is not None and state.statistics.processed > 0
    _speak(visitor, leading.label if leading else "no face" if plays else "")
    if leading:
        _show_faces(state, leading)
    else:
        st.subheader(connection_text(visitor, state), anchor=False)
        st.write(_why_nobody(visitor, state))
    if figures := _figures(state, running=visitor.started is not None):
        st.caption(f"{connection_text(visitor, state)}. {figures}" if leading else figures)


def _speak(visitor: LiveSession, label: str) -> None:
    """Tells a screen reader the expression when it has changed, not at every frame."""
    now = time.perf_counter()
    if not label:
        visitor.heard = ""
    elif label != visitor.heard and now - visitor.heard_at >= _SPOKEN:
        visitor.heard, visitor.heard_at = label, now
    st.html(f'<p class="unseen" role="status">{escape(visitor.heard)}</p>')


def _show_faces(state: LiveState, leading: LiveFace) -> None:
    at_most = " at most" if leading.unsure else ""
    faces.verdict(leading.label, f"{formats.percent(leading.confidence)}{at_most}")
    faces.emotion_bars(leading.probabilities)
    others = [f"face {face.number} {_words(face)}" for face in state.faces[1:]]
    if others:
        st.caption(f"The bars are of face {leading.number}. Also seen: {'; '.join(others)}.")
    if state.left_out:
        smaller = formats.counted(state.left_out, "smaller face")
        st.caption(f"{smaller} not read: live video reads the {MAX_FACES} largest.")


def _why_nobody(visitor: LiveSession, state: LiveState) -> str:
    if visitor.started is not None and state.statistics.processed:
        return words.NO_FACE
    if visitor.lost:
        return "The connection to this server broke off. Start the camera again."
    return words.EMPTY


def show_timeline(visitor: LiveSession) -> None:
    """Seven lines over the last 30 seconds."""
    state = visitor.processor.state()
    fig = timeline_figure(
        f"Probabilities of the followed face, last {TIMELINE:.0f} seconds",
        *state.leading_scores(),
        (-TIMELINE, 0),
        height=230,
        uirevision="live",
    )
    charts.show(fig, timeline_alt(state), key="live-timeline")


def offer_timeline(visitor: LiveSession) -> None:
    """A button that saves the timeline of the whole session; made when it is pressed."""
    whole = visitor.processor.whole_timeline
    if not whole():
        return
    st.download_button(
        "Download the session (CSV)",
        lambda: to_csv(timeline_table(whole())),
        file_name=f"live-session-{_now():%Y-%m-%d-%H-%M-%S}.csv",
        mime="text/csv",
        on_click="ignore",
        key="live-csv",
        help=words.SESSION,
    )


def _now() -> datetime:
    """The visitor's time, or UTC where their browser tells no zone that is known here."""
    try:
        return datetime.now(ZoneInfo(st.context.timezone or "UTC"))
    except (KeyError, ValueError, OSError):
        return datetime.now(UTC)


def connection_text(visitor: LiveSession, state: LiveState) -> str:
    """One line: off, lost, connecting, playing or waiting."""
    if visitor.started is None:
        return "Connection lost" if visitor.lost else "Camera off"
    if state.statistics.processed == 0:
        what = "No picture yet after" if visitor.failed else "Connecting,"
        return f"{what} {visitor.silent_for:.0f} s"
    if visitor.silent_for > _STALE:
        return f"No picture for {visitor.silent_for:.0f} s"
    return "Playing"


def timeline_alt(state: LiveState) -> str:
    """What the timeline shows, in one sentence."""
    seen = [point.probabilities for point in state.timeline if point.probabilities is not None]
    if not seen:
        return "Timeline of the seven probabilities, still empty"
    last = CLASS_NAMES[int(seen[-1].argmax())]
    return f"Timeline of the probabilities of the face that is followed, most recently {last}"


def _figures(state: LiveState, *, running: bool) -> str:
    """How the video runs or, once it has ended, ran, in a line; '' before the first frame."""
    figures = state.statistics
    if not figures.processed:
        return ""
    share = formats.percent(figures.with_face / figures.processed)
    failed = f"; {formats.count(figures.failed)} could not be read" if figures.failed else ""
    rate = (
        f"{figures.fps:.1f} frames a second, 95 % of them read within "
        f"{figures.latency_p95:,.0f} ms; {formats.percent(figures.drop_rate)} of the camera's "
        "are skipped to keep up. "
        if running and figures.fps > 0
        else ""
    )
    return f"{rate}{formats.count(figures.processed)} frames read, a face in {share}{failed}."


def _words(face: LiveFace) -> str:
    if face.unsure:
        return f"not sure, {formats.percent(face.confidence)} at most"
    return f"{face.label}, {formats.percent(face.confidence)}"
