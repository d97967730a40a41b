"""Live: what does it see now?"""

import streamlit as st

from pages.parts.live import connection, session, snapshot, video
from pages.parts.shared import cached, choices, frame
from pages.parts.shared.navigation import enter

enter()
frame.page_header("Live", "What does it see now?")

with_model = choices.models_or_stop()
left, right = st.columns([2, 1], gap="medium", vertical_alignment="bottom")
with left:
    run = choices.choose_model(with_model)
with right:
    settings = video.choose(run)
frame.tell_drawn(run)
if connection.warn_if_insecure():
    frame.footer()
    st.stop()

with frame.error_box():
    with st.spinner("Loading the model"):
        predictor = cached.predictor(run)
    with st.spinner("Looking for servers that help the connection"):
        ice = connection.configuration()
    visitor = session.of_visitor(predictor)
    visitor.processor.configure(predictor, settings)
    if session.admit(visitor):
        video.show(visitor, ice, predictor, settings)
    else:
        session.show_full(visitor)
        snapshot.take(predictor, settings)
    connection.show(ice, visitor.places.limit)

frame.footer()
