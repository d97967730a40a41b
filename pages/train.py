"""Train: start one, how is it going?"""

import streamlit as st

from fer_core.jobs.local import LocalBackend
from pages.parts.shared import frame, owner
from pages.parts.shared.navigation import enter
from pages.parts.train import job_form, job_history, job_panel

enter()
frame.page_header("Train", "How is the training going, and how do I start one?")
# Each part has a box of its own: what comes and goes in one of them moves nothing in the next,
# which would else be drawn anew, twice for a moment, and lose a click or the keyboard.
with st.container():
    unlocked = owner.require("Training on this server")
    if said := st.session_state.pop(job_panel.SAID, ""):
        st.success(said)
jobs = LocalBackend()
found = jobs.list()
with st.container(), frame.error_box():
    job_panel.section(jobs, found)
with st.container(), frame.error_box():
    job_form.show(jobs, found, unlocked=unlocked)
with st.container(), frame.error_box():
    job_history.section(jobs, found)
frame.footer()
