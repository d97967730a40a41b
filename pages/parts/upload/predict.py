"""The view of the Upload page that reads what the visitor brings."""

import streamlit as st

from fer_core.runs.store import Run
from pages.parts.shared import frame
from pages.parts.upload import inputs, result, settings, video_result
from pages.parts.upload.brought import tell_archives


def show(runs: list[Run]) -> None:
    """Draws the row on top and, under it, what is seen in what the visitor brought."""
    brought, chosen = inputs.row(runs)
    frame.tell_drawn(chosen.run)
    video_result.forget_others(brought.videos)
    if not brought:
        return
    tell_archives()
    with frame.error_box():
        with st.spinner("Loading the model"):
            predictor = chosen.predictor()
        settings.tell_fallback(chosen, predictor.detector)
        if brought.pictures:
            result.show(brought.pictures, chosen, predictor)
        if brought.videos:
            if chosen.smoothing.told:
                st.caption(chosen.smoothing.told)
            follower = chosen.for_videos(predictor)
        for video in brought.videos:
            video_result.show(video, chosen.videos, follower)
