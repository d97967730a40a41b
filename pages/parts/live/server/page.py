"""The server mode: the video goes to this server by WebRTC and comes back drawn."""

import streamlit as st

from fer_core.inference.live.state import LiveSettings
from fer_core.runs.store import Run
from pages.parts.live import snapshot
from pages.parts.live.server import connection, session, video
from pages.parts.shared import cached


def show(run: Run, settings: LiveSettings, temporal: Run | None) -> None:
    """Draws all of it, or why this visitor gets no video now; `temporal` is the run of the
    recurrent network that reads the model's features over time, if any.
    """
    with st.spinner("Loading the model"):
        predictor = cached.predictor(run, temporal)
    with st.spinner("Looking for servers that help the connection"):
        ice = connection.configuration()
    visitor = session.of_visitor(predictor)
    visitor.processor.configure(predictor, settings)
    if session.admit(visitor):
        video.show(visitor, ice, run, predictor, settings)
    else:
        session.show_full(visitor)
        snapshot.take(predictor, settings)
    connection.show(ice, visitor.places.limit)
