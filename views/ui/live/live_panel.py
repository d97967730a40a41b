"""What the Live page shows beside the video: state, current bars, figures, timeline."""

import math

import plotly.graph_objects as go
import streamlit as st

from fer_core.inference.live_results import TIMELINE, LiveFace, LiveState
from fer_core.labels import CLASS_COLORS, CLASS_NAMES
from views.ui import charts, faces, frame
from views.ui.live.live_session import WATCHDOG, LiveSession

_STALE = 2.0
"""Seconds without a frame from which the page says so."""


def show_now(visitor: LiveSession) -> None:
    """The connection, the largest face's bars, the other faces, and how the video runs."""
    state = visitor.processor.state()
    st.markdown(f"**{connection_text(visitor, state)}**")
    if state.faces:
        largest = state.faces[0]
        number = f"Face {largest.number}: " if len(state.faces) > 1 else ""
        st.write(f"{number}{_words(largest)}")
        faces.emotion_bars(largest.probabilities)
        others = [f"face {face.number} {_words(face)}" for face in state.faces[1:]]
        st.caption(f"Also seen: {'; '.join(others)}." if others else "One face in the picture.")
    elif visitor.started is not None and state.statistics.processed:
        st.write("No face in the picture. Come closer, turn towards the camera or add light.")
    else:
        st.write("The bars of the largest face appear here while the camera runs.")
    _show_figures(state)


def show_timeline(visitor: LiveSession) -> None:
    """Seven lines over the last 30 seconds."""
    state = visitor.processor.state()
    charts.show(timeline_figure(state), timeline_alt(state), key="live-timeline")


def connection_text(visitor: LiveSession, state: LiveState) -> str:
    """One line: off, connecting, playing or waiting."""
    if visitor.started is None:
        return "Camera off"
    if state.statistics.processed == 0:
        return f"Connecting for {visitor.silent_for:.0f} s of at most {WATCHDOG:.0f} s"
    if visitor.silent_for > _STALE:
        return f"No picture for {visitor.silent_for:.0f} s"
    return "Playing"


def timeline_figure(state: LiveState) -> go.Figure:
    """The largest face's probabilities; lines break where the face changes or is gone."""
    fig = charts.figure(
        f"The largest face over the last {TIMELINE:.0f} seconds",
        height=250,
        xaxis_title="seconds before now",
        yaxis_title="probability in %",
        margin=charts.MARGIN_WITH_LEGEND,
        uirevision="live",
    )
    times: list[float] = []
    rows: list[list[float]] = []
    gap = [math.nan] * len(CLASS_NAMES)
    before = None
    for point in state.timeline:
        if point.number != before and times:
            times.append(point.time - state.now)
            rows.append(gap)
        before = point.number
        times.append(point.time - state.now)
        rows.append(gap if point.probabilities is None else [100 * p for p in point.probabilities])
    for index, (name, dash) in enumerate(zip(CLASS_NAMES, charts.DASHES, strict=True)):
        fig.add_scatter(
            x=times,
            y=[row[index] for row in rows],
            name=name,
            mode="lines",
            connectgaps=False,
            line={"color": CLASS_COLORS[name], "dash": dash, "width": 2},
            hovertemplate=f"{name} %{{y:.0f}} %, %{{x:.1f}} s<extra></extra>",
        )
    fig.update_xaxes(range=[-TIMELINE, 0])
    fig.update_yaxes(range=[0, 101])
    return fig


def timeline_alt(state: LiveState) -> str:
    """What the timeline shows, in one sentence."""
    seen = [point.probabilities for point in state.timeline if point.probabilities is not None]
    if not seen:
        return "Timeline of the seven probabilities, still empty"
    last = CLASS_NAMES[int(seen[-1].argmax())]
    return f"Timeline of the seven probabilities of the largest face, most recently {last}"


def _show_figures(state: LiveState) -> None:
    figures = state.statistics
    shown = figures.processed > 0
    fps, latency, dropped = st.columns(3, gap="small")
    fps.metric("Frames a second", f"{figures.fps:.1f}" if shown else "–")
    latency.metric(
        "Latency p95",
        f"{figures.latency_p95:.0f} ms" if shown else "–",
        help="From taking a frame to having drawn it on the server; 95 % of the frames of the "
        f"last 5 seconds were quicker, half of them took under {figures.latency_p50:.0f} ms. "
        "The way over the network comes on top.",
    )
    dropped.metric(
        "Dropped",
        frame.percent(figures.drop_rate) if shown else "–",
        help="Frames left out because a newer one was waiting. They are never queued, so slow "
        "inference costs frames and not time.",
    )
    if shown:
        share = frame.percent(figures.with_face / figures.processed)
        failed = f"; {frame.count(figures.failed)} could not be read" if figures.failed else ""
        st.caption(
            f"{frame.count(figures.processed)} frames read since the start, a face in {share} "
            f"of them{failed}."
        )


def _words(face: LiveFace) -> str:
    if face.unsure:
        return f"not sure, {frame.percent(face.confidence)} at most"
    return f"{face.label}, {frame.percent(face.confidence)}"
