"""Overview: how good is it, and what can I do here?"""

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.evaluation.metrics import Report
from fer_core.evaluation.provenance import extra_data
from fer_core.evaluation.scoreboard import Kind, Own, speed_table
from fer_core.evaluation.scoreboard import scoreboard as accuracy_table
from fer_core.plots.scoreboard import ladder_figure, speed_figure
from fer_core.reference import published, student_report
from fer_core.runs.store import Run, stepping_stones
from pages.parts.overview import scoreboard
from pages.parts.shared import cached, charts, frame, navigation
from pages.parts.shared.navigation import enter


def key_figures(run: Run, report: Report) -> None:
    """The four figures of the model that the app serves."""
    ms = cached.ms_per_face(run)
    with frame.figure_row():
        st.metric(
            f"Test accuracy, {formats.count(report.n)} images",
            formats.unbroken(formats.percent(report.accuracy, report.accuracy_interval)),
            border=True,
            help="With its 95 % bootstrap interval.",
        )
        st.metric("Macro F1, same images", f"{report.macro_f1:.3f}", border=True)
        st.metric(
            "One face, one thread",
            formats.milliseconds(ms),
            border=True,
            help="Median of 20, measured once on this machine since the app started.",
        )
        st.metric("Model file", formats.megabytes(cached.model_bytes(run)), border=True)


def doors() -> None:
    """Where to go next."""
    with st.container(horizontal=True, gap="small"):
        st.page_link(navigation.DATASET, label="Explore the data", icon=":material/photo_library:")
        st.page_link(navigation.UPLOAD, label="Try a picture", icon=":material/upload:")
        st.page_link(navigation.TRAIN, label="Train your own", icon=":material/model_training:")


def state(runs: list[Run], served: Run | None) -> None:
    """What is on this machine: data, model, runs."""
    st.subheader("On this machine", anchor=False)
    data = (
        "The data set is here."
        if cached.has_data()
        else (
            "The data set is not here; all figures come from stored predictions. Fetch it on the "
            "Dataset page to see images."
        )
    )
    model = (
        f"The app predicts with run {frame.run_name(served)}."
        if served
        else "No model to predict with yet."
    )
    lines = [f"- **Data.** {data}", f"- **Model.** {model}"]
    waiting = [frame.run_name(run) for run in runs if not run.has_predictions()]
    if waiting:
        lines.append(
            f"- **Without test figures so far.** {', '.join(waiting)}. "
            "They are measured when training ends."
        )
    lines.append(f"- **About the report.** {student_report.CONTRADICTION}")
    st.markdown("\n".join(lines))
    st.markdown("The Train page trains a network of your own; so does the command line:")
    st.code(frame.TRAIN_COMMAND, language="bash", wrap_lines=True)


def full_table(table: pd.DataFrame) -> None:
    """Every figure with its source, put together only when somebody opens it."""
    box = st.expander("All figures and their sources", key="sources", on_change="rerun")
    if not box.open:
        return
    shown = pd.DataFrame(
        {
            "system": table["system"],
            "test images": table["test_set"],
            "accuracy, 95 % interval": [
                formats.percent(row.accuracy, (row.low, row.high)) for row in table.itertuples()
            ],
            "kind": table["kind"],
            "extra training data": table["extra_training_data"].replace("", "not stated"),
            "note": table["note"].fillna(""),
            "source": table["source"],
        }
    )
    with box:
        st.dataframe(
            shown,
            hide_index=True,
            key="scoreboard",
            alt="Accuracy, interval, test images and source of every system",
            column_config={"system": st.column_config.TextColumn("system", pinned=True, width=180)},
        )


def systems_to_draw(table: pd.DataFrame, steps: list[str]) -> pd.DataFrame:
    """The table without the runs that others were made from, unless somebody asks for them."""
    if not steps:
        return table
    asked = st.toggle(
        f"Also runs that ours were made from ({len(steps)})",
        key="steps",
        bind="query-params",
        help="Twins that set the calibration of a run on all training images, runs that training "
        "went on from, and members of the ensemble. The table below has them in any case.",
    )
    return table if asked else table[~table["system"].isin(steps)].reset_index(drop=True)


@st.fragment
def sources(table: pd.DataFrame) -> None:
    """The table, and what its figures mean; opening it draws nothing else anew."""
    full_table(table)
    people = published.people()
    reached = formats.percent(people["accuracy"], (people["low"], people["high"]))
    st.caption(
        "Intervals: bootstrap over images for our runs; for others computed from accuracy and "
        "number of images (Wilson), or as stated. Papers report PrivateTest, many with extra "
        f"training data or several networks. People reach {reached}: {people['source']}."
    )


enter()
frame.page_header("Facial expressions", "How good is it, and what can I do here?")
all_runs = cached.runs()
served_run = cached.default_run()
own: dict[str, Own] = {}
timed: dict[str, tuple[Report, float]] = {}
steps: list[str] = []
stones = stepping_stones(run for run in all_runs if run.has_predictions())
with frame.error_box():
    for run in all_runs:
        if not run.has_predictions() or run.config.synthetic:
            continue
        name = frame.run_name(run)
        own[name] = Own(cached.reports(run), str(extra_data(run)))
        if run.run_id in stones and run != served_run:
            steps.append(name)
            continue
        ms = cached.ms_per_face(run)
        if "all" in own[name].reports and ms is not None:
            timed[name] = own[name].reports["all"], ms

if served_run is not None:
    with frame.error_box():
        key_figures(served_run, cached.report(served_run))
else:
    frame.empty_state(
        "No model yet",
        "The figures below are other people's; ours appear when a run has finished.",
        "Train the baseline, which takes hours without a GPU:",
        command=frame.TRAIN_COMMAND,
    )
doors()
figures = accuracy_table(own)
left, right = st.columns([3, 2], gap="medium")
with left:
    drawn = systems_to_draw(figures, steps)
    best = drawn[drawn["kind"] == Kind.OURS]
    ours = "; ".join(
        f"{row.system} {formats.percent(row.accuracy)} on {row.test_set}"
        for row in best.itertuples()
    )
    charts.show(
        charts.kept(ladder_figure)(drawn),
        f"Accuracy of {len(drawn)} systems, grouped by test images. "
        f"{ours or 'None of ours yet'}. Values stand in the table below.",
        key="ladder",
    )
with right:
    speeds = speed_table(timed)
    described = ", ".join(
        f"{row.system} {formats.percent(row.accuracy)} at {formats.milliseconds(row.ms_per_face)}"
        for row in speeds.itertuples()
    )
    charts.show(speed_figure(speeds), f"Accuracy against time: {described}.", key="speed")
    st.caption(scoreboard.speed_note(published.peers()))
    state(all_runs, served_run)
sources(figures)
frame.footer()
