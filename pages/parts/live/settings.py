"""What may be changed while the video plays, in either mode."""

import streamlit as st

from fer_core.inference.live.state import LiveSettings
from fer_core.inference.smoothing import DEFAULT_HALF_LIFE
from fer_core.runs.store import Run


def choose(run: Run) -> LiveSettings:
    """The settings, behind one button; `run` says when its model gives no answer."""
    with st.popover("Settings", width="stretch"):
        half_life = st.slider(
            "Smoothing, seconds",
            0.0,
            2.0,
            DEFAULT_HALF_LIFE,
            0.1,
            key="smoothing",
            bind="query-params",
            help="An earlier frame counts half after this time; 0 shows each frame alone.",
        )
        confidence = st.slider(
            "Detection threshold",
            0.3,
            0.95,
            0.6,
            0.05,
            key="confidence",
            bind="query-params",
            help="Faces that are detected with a lower confidence are omitted.",
        )
        mirrored = st.toggle("Mirrored view", value=True, key="mirrored", bind="query-params")
    return LiveSettings(confidence, half_life, run.config.abstain_below or 0.0, mirrored)
