"""Overview: how good is it, and what can I do here?"""

import streamlit as st

from pages.parts.overview import accuracy, machine
from pages.parts.shared import cached, frame
from pages.parts.shared.navigation import enter

enter()
frame.page_header("Facial expressions", "How good is it, and what can I do here?")
served = cached.default_run()
frame.tell_drawn(served)
if served is not None and not served.config.synthetic:
    with frame.error_box():
        machine.show_key_figures(served)
elif served is None:
    frame.empty_state(
        "No model yet",
        "The figures below are published ones; ours appear when a run has finished.",
        "Train the baseline, which takes hours without a GPU:",
        command=frame.TRAIN_COMMAND,
    )
machine.show_links()

systems, speeds = accuracy.tables_of(cached.runs())
left, right = st.columns([3, 2], gap="medium")
with left:
    accuracy.show_ladder(systems)
with right:
    accuracy.show_speed(speeds)
    machine.show_state(served)
accuracy.show_sources(systems)
frame.footer()
