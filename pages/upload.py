"""Upload: what does it see in this face?"""

import streamlit as st

from pages.parts.shared import choices, frame
from pages.parts.shared.navigation import enter
from pages.parts.upload import inputs, result, settings, video_result

enter()
frame.page_header("Upload", "What does it see in this face?")

chosen = settings.choose(choices.models_or_stop())
frame.tell_drawn(chosen.run)
brought = inputs.collect()
video_result.forget_others(brought.videos)
if brought.pictures or brought.videos:
    with frame.error_box():
        with st.spinner("Loading the model"):
            predictor = chosen.predictor()
        if brought.pictures:
            result.show(brought.pictures, chosen, predictor)
        if brought.videos:
            how = settings.choose_for_videos(chosen.threshold)
            for video in brought.videos:
                video_result.show(video, how, predictor)
        settings.show_detector(predictor.detector)

frame.footer()
