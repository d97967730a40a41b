"""What may be changed while the video plays, in either mode."""

import streamlit as st

from fer_core.inference.live.state import LiveSettings
from fer_core.inference.smoothing import DEFAULT_HALF_LIFE
from fer_core.runs.records import Place
from fer_core.runs.store import Run
from pages.parts.shared import over_time


def choose(run: Run) -> tuple[LiveSettings, over_time.Chosen]:
    """The settings, behind one button, and what is done with the answers over time; the run that
    answers says when it gives no answer.
    """
    with st.popover("Settings", width="stretch"):
        label, half_life = "Smoothing over time", DEFAULT_HALF_LIFE
        chosen = over_time.choose(label, run, Place.LIVE, key="smoothing", half_life=half_life)
        half_life = chosen.half_life()
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
    unsure_below = (chosen.temporal or run).config.abstain_below or 0.0
    return LiveSettings(confidence, half_life, unsure_below, mirrored), chosen
