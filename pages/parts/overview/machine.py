"""What is missing on this machine, and where to read and do more."""

import streamlit as st

from pages.parts.shared import cached, frame, navigation
from pages.parts.shared.messages import as_written


def show() -> None:
    """What is missing of data and runs, if anything, and the links that lead on."""
    lines = {}
    if not cached.has_data():
        lines["No data set."] = "All figures come from stored predictions; images need it."
    for name, why in cached.unreadable_runs().items():
        lines[as_written(f"Run {name} is left out:")] = as_written(why)
    waiting = [frame.run_name(run) for run in cached.runs() if not run.has_predictions()]
    if waiting:
        names = ", ".join(waiting)
        lines["No test figures yet."] = f"{names}. They are measured when training ends."
    if lines:
        st.subheader("Missing on this machine", anchor=False)
        st.markdown("\n".join(f"- **{what}** {text}" for what, text in lines.items()))
    if not cached.has_data():
        st.page_link(navigation.DATASET, label="Get the data set", icon=":material/download:")
    st.page_link(
        navigation.ABOUT,
        label="About the student report",
        query_params={"topic": "The student report"},
        icon=":material/article:",
    )
