"""Evaluation: where does it fail?"""

import streamlit as st

from fer_core import formats
from fer_core.evaluation.metrics import compare_to_report, describe_intervals
from fer_core.evaluation.subsets import LabelView, Subset, describe
from fer_core.runs.store import Run
from pages.parts.evaluation import (
    class_scores,
    comparison,
    confidence,
    confusion,
    ranking,
    robustness,
)
from pages.parts.shared import cached, choices, downloads, frame, navigation
from pages.parts.shared.navigation import enter

LABELS_HELP = (
    "FER2013: the labels of the data set. FER+ majority: the answer that more than half of "
    "FER+'s ten annotators gave, answers with a single vote aside (Barsoum et al. 2016). Images "
    "without one, or whose answer is contempt, unknown or not a face, are left out."
)
REPORT, RANKING, CONFIDENCE = "Against the report", "Ranking", "Confidence"
TWO_RUNS, ROBUSTNESS = "Two runs", "Robustness"


def evaluated_runs() -> list[Run]:
    """Every run with predictions."""
    return [run for run in cached.runs() if run.has_predictions()]


def choose(runs: list[Run]) -> tuple[Run, str, str]:
    """The row of controls: the run, which test images and whose labels."""
    by_id = {run.run_id: run for run in runs}
    served = cached.default_run()
    default = served.run_id if served else runs[0].run_id
    choices.tell_unknown("run", "run", by_id)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run_id = st.selectbox(
            "Run",
            list(by_id),
            index=list(by_id).index(default) if default in by_id else 0,
            key="run",
            bind="query-params",
            width=260,
        )
        subset = st.segmented_control(
            "Test images",
            [str(name) for name in Subset],
            default="all",
            required=True,
            format_func=lambda name: name[0].upper() + name[1:],
            key="subset",
            bind="query-params",
        )
        labels = st.segmented_control(
            "Labels",
            [str(name) for name in LabelView],
            default="FER2013",
            required=True,
            key="labels",
            bind="query-params",
            help=LABELS_HELP,
        )
    return by_id[run_id], subset or "all", labels or "FER2013"


def show(run: Run, subset: str, labels: str) -> None:
    """Everything below the controls."""
    view = cached.view(run, subset, labels)
    report = cached.report(run, subset, labels)
    images = f"{view.title}, {formats.count(report.n)}"
    file_name = f"{run.run_id}-{subset}{'' if labels == 'FER2013' else '-ferplus'}"

    st.markdown(
        f"**{formats.percent(report.accuracy, report.accuracy_interval)} accuracy**, "
        f"macro F1 {formats.percent(report.macro_f1, report.macro_f1_interval)} "
        f"on {images}; run {frame.run_name(run)}. " + compare_to_report(report)
    )
    st.caption(f"{describe(view)} {describe_intervals(report)}")
    if report.absent:
        st.info(f"No image of {', '.join(report.absent)} here; averages leave that out.")
    confusion.explore(run, subset, labels, images, file_name)
    sections(run, subset, labels, images, file_name)
    downloads.report_button(run)


@st.fragment
def sections(run: Run, subset: str, labels: str, images: str, file_name: str) -> None:
    """The further questions, a tab each; only the open one is computed."""
    names = [REPORT, RANKING, CONFIDENCE, TWO_RUNS, ROBUSTNESS]
    tabs = st.tabs(names, key="section", bind="query-params", on_change="rerun")
    name, tab = next((n, t) for n, t in zip(names, tabs, strict=True) if t.open)
    with tab, frame.error_box():
        if name == REPORT:
            class_scores.against_report(cached.report(run, subset, labels), images)
        elif name == RANKING:
            predictions = cached.view(run, subset, labels).predictions
            ranking.section(run, predictions, images, file_name)
        elif name == CONFIDENCE:
            predictions = cached.view(run, subset, labels).predictions
            confidence.section(run, predictions, images, file_name)
        elif name == TWO_RUNS:
            comparison.section(run, evaluated_runs(), subset, labels, file_name)
        else:
            robustness.section(run)


enter()
frame.page_header("Evaluation", "Where does it fail?")
evaluated = evaluated_runs()
if evaluated:
    chosen = choose(evaluated)
    with frame.error_box():
        show(*chosen)
else:
    frame.empty_state(
        "No run has been evaluated yet",
        "Predictions on the test images are made when training ends, and every figure on this "
        "page is computed from them. A run in training can be followed under Training curves.",
        "Train one, or go on with one that was stopped:",
        command=frame.TRAIN_COMMAND,
        page=navigation.CURVES,
        page_label="See the training curves",
    )
    class_scores.report_table()
frame.footer()
