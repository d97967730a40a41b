"""Train: how is the training going, and how do I start one?"""

import streamlit as st

from fer_core.jobs.local import LocalBackend
from pages.parts.shared import frame, owner
from pages.parts.shared.navigation import enter
from pages.parts.train import acts, cards, drawer, ended, run_table, running, sweeps

enter()
frame.page_header("Train", "How is the training going, and how do I start one?")
# Each part has a box of its own: what comes and goes in one of them moves nothing in the next,
# which would otherwise be redrawn, twice for a moment, and lose a click or the keyboard.
with st.container():
    unlocked = owner.require("Training on this server")
    acts.tell_done()
    drawer.read_address()
jobs = LocalBackend()
found = jobs.list()
with st.container(), frame.error_box():
    running.show(jobs, found)
with st.container(), frame.error_box():
    ended.show(jobs, found)
with st.container(), frame.error_box():
    cards.show(jobs, found, unlocked=unlocked)
with st.container(), frame.error_box():
    run_table.show(jobs, found)
with st.container(), frame.error_box():
    sweeps.show(jobs, found, unlocked=unlocked)
with frame.error_box():
    drawer.show(jobs, found, unlocked=unlocked)
frame.footer()
