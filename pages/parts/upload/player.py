"""The annotated video, which shows the moment that is pointed at on its timeline.

A component of the page listens to the Plotly chart with a given key and moves the video to the
seconds under the cursor while it does not play; by keyboard the video's own controls do the same.
"""

from pathlib import Path

import streamlit as st

from fer_core.inference.video.log import VideoLog

_JS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


def show(log: VideoLog, chart: str, key: str) -> None:
    """Draws the video; `chart` is the key of the chart that it follows."""
    place = f"player-{key}"
    with st.container(key=place):
        st.video(log.annotated, alt=f"{log.name} with a box and a label for each face", muted=True)
    follow = st.components.v2.component("fer_player", js=_JS)
    follow(key=f"follow-{key}", data={"chart": chart, "place": place})
