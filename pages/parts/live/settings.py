"""What may be changed while the video plays, in either mode."""

import streamlit as st

from fer_core.inference.live.state import LiveSettings
from fer_core.inference.smoothing import DEFAULT_HALF_LIFE
from fer_core.runs.records import Place
from fer_core.runs.store import Run
from pages.parts.shared import over_time


def choose(run: Run) -> tuple[LiveSettings, Run | None]:
    """The settings, behind one button; `run` says when its model gives no answer. With them the run
    of the recurrent network that reads its features over time, where that was chosen.
    """
    with st.popover("Settings", width="stretch"):
        chosen = over_time.choose(run, Place.LIVE)
        half_life = chosen.half_life("Half-life, seconds", DEFAULT_HALF_LIFE, key="smoothing")
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
    unsure_below = run.config.abstain_below or 0.0
    return LiveSettings(confidence, half_life, unsure_below, mirrored), chosen.temporal
