"""Training curves: did it learn, did it overfit?"""

import streamlit as st

from pages.parts.curves import (
    ablation,
    both_curves,
    config_diff,
    figures_table,
    metric_overlay,
    runs_table,
    selection,
)
from pages.parts.shared import cached, frame
from pages.parts.shared.navigation import enter

SECTIONS = {
    "Figures": figures_table.show,
    "More metrics": metric_overlay.show,
    "All runs": runs_table.show,
    "Settings": config_diff.show,
    "Ablation": ablation.show,
}

enter()
frame.page_header("Training curves", "Did it learn, did it overfit?")
selected = selection.choose(cached.runs())
both_curves.follow(selected)

tabs = st.tabs(list(SECTIONS), key="curves", on_change="rerun", bind="query-params")
# Only the tab that is open is computed.
for tab, show in zip(tabs, SECTIONS.values(), strict=True):
    if tab.open:
        with tab:
            show(selected)

if not selected.runs:
    frame.empty_state(
        "No run of your own yet",
        "The curves above are the published ones, from the report's training log.",
        "Train the same network, which takes hours without a GPU, and watch its curve grow here:",
        command=frame.TRAIN_COMMAND,
    )
frame.footer()
