"""Live: what does it see now?"""

import streamlit as st

from pages.parts.live import insecure, mode, settings
from pages.parts.live.browser import page as browser
from pages.parts.live.mode import Mode
from pages.parts.live.server import page as server
from pages.parts.shared import choices, frame
from pages.parts.shared.navigation import enter

enter()
frame.page_header("Live", "What does it see now?")

with_model = choices.models_or_stop()
with st.container(horizontal=True, vertical_alignment="bottom", key="live-choices"):
    model_place = st.container()
    where = mode.choose()
    with model_place:
        first = browser.first_model() if where is Mode.BROWSER else None
        run = choices.choose_model(with_model, first=first, first_note="for live video")
    chosen, smoothing = settings.choose(run)
frame.tell_drawn(run)
if smoothing.told:
    st.caption(smoothing.told)
if not insecure.warn():
    with frame.error_box():
        if where is Mode.BROWSER:
            browser.show(run, with_model, chosen, smoothing.temporal is not None)
        else:
            server.show(run, chosen, smoothing.temporal)

frame.footer()
