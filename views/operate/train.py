"""Train: start one, how is it going?"""

import streamlit as st

from fer_core.jobs.local import LocalBackend
from views.ui import frame, job_history, job_panel, owner, train_form

frame.page_header("Train", "Start one, how is it going?")
jobs = LocalBackend()
unlocked = owner.require("Training on this server")
if said := st.session_state.pop("train-said", ""):
    st.success(said)
with frame.error_box():
    job_panel.section(jobs)
with frame.error_box():
    train_form.show(jobs, unlocked=unlocked)
with frame.error_box():
    job_history.section(jobs)
frame.footer()
