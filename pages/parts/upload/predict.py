"""The view of the Upload page that reads what the visitor brings."""

import streamlit as st

from fer_core.runs.store import Run
from pages.parts.shared import frame
from pages.parts.upload import brought, inputs, result, settings, video_result


def show(runs: list[Run]) -> None:
    """Draws the row on top and, under it, what is seen in what the visitor brought."""
    given, chosen = inputs.row(runs)
    frame.tell_drawn(chosen.run)
    brought.tell_archives(given)
    given = brought.tell_too_many(given)
    video_result.forget_others(given.videos)
    if not given.pictures:
        result.forget()
    if not given:
        return
    with frame.error_box():
        with st.spinner("Loading the model"):
            predictor = chosen.predictor()
        settings.tell_fallback(chosen, predictor.detector)
        if given.pictures:
            result.show(given.pictures, chosen, predictor)
        if given.videos:
            if chosen.smoothing.told:
                st.caption(chosen.smoothing.told)
            follower = chosen.for_videos(predictor)
        for video in given.videos:
            video_result.show(video, chosen, follower)
