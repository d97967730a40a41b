"""Training curves: did it learn, did it overfit?"""

import streamlit as st

from pages.parts.curves import ablation, curves, more_metrics, run_tables, selection
from pages.parts.shared import address, cached, frame
from pages.parts.shared.navigation import enter

SECTIONS = {
    "Curves": curves.show,
    "Figures": run_tables.show_figures,
    "More metrics": more_metrics.show,
    "Settings": run_tables.show_settings,
    "All runs": run_tables.show_all,
    "Ablation": ablation.show,
}

enter()
frame.page_header("Training curves", "Did it learn, did it overfit?")
address.recall()
beside, main = st.columns([3, 7], gap="medium")
with beside:
    selected = selection.choose(cached.runs())
with main:
    frame.tell_drawn(*selected.chosen)
    frame.tabs(SECTIONS, "curves", selected)
address.keep()
if not selected.runs:
    frame.empty_state(
        "No run of your own yet",
        "The curves above are the published ones, from the report's training log.",
        "Train the same network, which takes hours without a GPU, and watch its curve grow here:",
        command=frame.TRAIN_COMMAND,
    )
frame.footer()
