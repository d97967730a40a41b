"""What is on this machine, and where to go from here."""

import streamlit as st

from fer_core import formats
from fer_core.reference import student_report
from fer_core.runs.store import Run
from pages.parts.shared import cached, frame, navigation


def show_key_figures(run: Run) -> None:
    """The four figures of the model that the app serves."""
    report = cached.report(run)
    accuracy = formats.percent(report.accuracy, report.accuracy_interval)
    frame.figures(
        {
            f"Test accuracy, {formats.count(report.n)} images": (
                formats.unbroken(accuracy),
                "With its 95 % bootstrap interval.",
            ),
            "Macro F1, same images": formats.percent(report.macro_f1),
            "One face, one thread": (
                formats.milliseconds(cached.ms_per_face(run)),
                "Median of 20, measured once on this machine since the app started.",
            ),
            "Model file": formats.megabytes(run.onnx_path.stat().st_size),
        }
    )


def show_links() -> None:
    """Where to go next."""
    with st.container(horizontal=True, gap="small"):
        st.page_link(navigation.DATASET, label="Explore the data", icon=":material/photo_library:")
        st.page_link(navigation.UPLOAD, label="Try a picture", icon=":material/upload:")
        st.page_link(navigation.TRAIN, label="Train your own", icon=":material/model_training:")


def show_state(served: Run | None) -> None:
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
    st.markdown("Train a network of your own on the Train page, or from the command line:")
    st.code(frame.TRAIN_COMMAND, language="bash", wrap_lines=True)
