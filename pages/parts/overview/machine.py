"""What is on this machine: data, runs, and what is missing of them."""

import streamlit as st

from fer_core.reference import student_report
from fer_core.runs.store import Run
from pages.parts.shared import cached, frame


def show(served: Run | None) -> None:
    """Data, model, runs, and what the report says of itself."""
    st.subheader("On this machine", anchor=False)
    lines = {
        "Data.": "The data set is here."
        if cached.has_data()
        else "The data set is not here; all figures come from stored predictions. Download it on "
        "the Dataset page to see images.",
        "Model.": f"The app predicts with run {frame.run_name(served)}."
        if served
        else "No model to predict with yet.",
    }
    lines |= {f"Run {name} is left out:": why for name, why in cached.unreadable_runs().items()}
    waiting = [frame.run_name(run) for run in cached.runs() if not run.has_predictions()]
    if waiting:
        names = ", ".join(waiting)
        lines["No test figures yet."] = f"{names}. They are measured when training ends."
    lines["About the report."] = student_report.CONTRADICTION
    st.markdown("\n".join(f"- **{what}** {text}" for what, text in lines.items()))
    st.markdown(
        "Train a network of your own on the Train page, or from the command line: "
        f"`{frame.TRAIN_COMMAND}`"
    )
