"""Train: start one, how is it going?"""

import streamlit as st

from fer_core.jobs.local import LocalBackend
from views.ui import frame, owner
from views.ui.train import job_form, job_history, job_panel

frame.page_header("Train", "How is the training going, and how do I start one?")
unlocked = owner.require("Training on this server")
if said := st.session_state.pop(job_panel.SAID, ""):
    st.success(said)
jobs = LocalBackend()
found = jobs.list()
with frame.error_box():
    job_panel.section(jobs, found)
with frame.error_box():
    job_form.show(jobs, found, unlocked=unlocked)
with frame.error_box():
    job_history.section(jobs, found)
frame.footer()
