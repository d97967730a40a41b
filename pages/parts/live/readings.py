"""What the Live page shows beside the video: state, current bars, figures, timeline."""

import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.inference.live.state import TIMELINE, LiveFace, LiveState
from fer_core.plots.timeline import timeline_figure
from pages.parts.live.session import LiveSession
from pages.parts.shared import charts, faces

_STALE = 2.0
"""Seconds without a frame from which the page says so."""


def show_now(visitor: LiveSession) -> None:
    """The connection, the largest face's bars, the other faces, and how the video runs."""
    state = visitor.processor.state()
    connection = f"**{connection_text(visitor, state)}**"
    notes = []
    if state.faces:
        largest = state.faces[0]
        number = f"face {largest.number} " if len(state.faces) > 1 else ""
        st.markdown(f"{connection}: {number}{_words(largest)}")
        faces.emotion_bars(largest.probabilities)
        others = [f"face {face.number} {_words(face)}" for face in state.faces[1:]]
        notes.append(f"Also seen: {'; '.join(others)}." if others else "One face in the picture.")
    else:
        st.markdown(connection)
        if visitor.started is not None and state.statistics.processed:
            st.write(
                "No face in the picture. Come closer, add light, or lower the detection threshold."
            )
        else:
            st.write("The bars of the largest face appear here while the camera runs.")
    _show_figures(state)
    if (figures := state.statistics).processed:
        share = formats.percent(figures.with_face / figures.processed)
        failed = f"; {formats.count(figures.failed)} could not be read" if figures.failed else ""
        read = f"{formats.count(figures.processed)} frames read since the start"
        notes.append(f"{read}, a face in {share} of them{failed}.")
    if notes:
        st.caption(" ".join(notes))


def show_timeline(visitor: LiveSession) -> None:
    """Seven lines over the last 30 seconds."""
    state = visitor.processor.state()
    fig = timeline_figure(
        f"Probabilities of the largest face, last {TIMELINE:.0f} seconds",
        *state.leading_scores(),
        (-TIMELINE, 0),
        height=230,
        uirevision="live",
    )
    charts.show(fig, timeline_alt(state), key="live-timeline")


def connection_text(visitor: LiveSession, state: LiveState) -> str:
    """One line: off, connecting, playing or waiting."""
    if visitor.started is None:
        return "Camera off"
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
    return f"Timeline of the seven probabilities of the largest face, most recently {last}"


def _show_figures(state: LiveState) -> None:
    figures = state.statistics
    shown = figures.fps > 0
    latency = (
        "From receiving a frame to returning it: 95 % of the frames of the last 5 seconds took "
        f"less, half of them under {figures.latency_p50:.0f} ms. The network comes on top."
    )
    dropped = (
        "Frames skipped because a newer one was waiting: slow inference costs frames, not time."
    )
    with st.container(horizontal=True, gap="medium"):
        for label, value, about in (
            ("Frames per second", f"{figures.fps:.1f}", None),
            ("Latency p95", f"{figures.latency_p95:.0f} ms", latency),
            ("Dropped", formats.percent(figures.drop_rate), dropped),
        ):
            st.metric(label, value if shown else "–", width="content", help=about)


def _words(face: LiveFace) -> str:
    if face.unsure:
        return f"not sure, {formats.percent(face.confidence)} at most"
    return f"{face.label}, {formats.percent(face.confidence)}"
