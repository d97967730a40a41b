"""Overview: how good is it, and what can I do here?"""

import math

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from fer_core.evaluation import reference
from fer_core.evaluation.report import Report
from fer_core.evaluation.scoreboard import Kind, TestSet, scoreboard, speed_table
from fer_core.runs.store import Run
from views.ui import cached, charts, frame

COLORS = {
    Kind.OURS: charts.RUN_COLORS[0],
    Kind.REPORT: charts.RUN_COLORS[1],
    Kind.MEASURED: charts.RUN_COLORS[2],
    Kind.PUBLISHED: charts.NEUTRAL_COLOR,
}
SYMBOLS = {
    Kind.OURS: "circle",
    Kind.REPORT: "diamond",
    Kind.MEASURED: "square",
    Kind.PUBLISHED: "circle-open",
}


def key_figures(run: Run, report: Report) -> None:
    """The four figures of the model that the app serves."""
    ms = cached.ms_per_face(run)
    with st.container(horizontal=True, gap="small", key="figures"):
        st.metric(
            f"Test accuracy, {frame.count(report.n)} images",
            frame.percent(report.accuracy, report.accuracy_interval),
            border=True,
            help="With its 95 % bootstrap interval.",
        )
        st.metric("Macro F1, same images", f"{report.macro_f1:.3f}", border=True)
        st.metric(
            "One face, one thread",
            frame.milliseconds(ms),
            border=True,
            help="Median of 20, measured once on this machine since the app started.",
        )
        st.metric("Model file", frame.megabytes(cached.model_bytes(run)), border=True)


def doors() -> None:
    """Where to go next."""
    with st.container(horizontal=True, gap="small"):
        st.page_link(frame.DATASET, label="Explore the data", icon=":material/photo_library:")
        st.page_link(frame.UPLOAD, label="Try a picture", icon=":material/upload:")
        st.page_link(frame.CURVES, label="See the curves", icon=":material/show_chart:")


@st.cache_resource(show_spinner=False, max_entries=8)
def ladder(table: pd.DataFrame) -> go.Figure:
    """Every system on one accuracy axis, one panel a test set, names beside the marks."""
    groups = [(name, table[table["test_set"] == name]) for name in TestSet]
    groups = [(name, rows) for name, rows in groups if not rows.empty]
    fig = charts.figure(
        "How accurate, on which images?",
        height=140 + 21 * (len(table) + 2 * len(groups)),
        margin=charts.MARGIN_WITH_LEGEND | {"t": 96},
    )
    ticks, y = [], 0.0
    seen = set()
    # Set at once below: adding them one by one takes Plotly a second.
    labels: list[dict[str, object]] = []
    lines: list[dict[str, object]] = []
    for name, rows in groups:
        ticks.append((y, str(name)))
        for row in rows.itertuples():
            y += 1
            low = row.accuracy if row.low != row.low else row.low
            high = row.accuracy if row.high != row.high else row.high
            kind = Kind(row.kind)
            fig.add_scatter(
                x=[100 * row.accuracy],
                y=[y],
                mode="markers",
                name=str(kind),
                legendgroup=str(kind),
                showlegend=kind not in seen,
                marker={
                    "symbol": SYMBOLS[kind],
                    "size": 9,
                    "color": COLORS[kind],
                    "line": {"width": 1.5, "color": COLORS[kind]},
                },
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [100 * (high - row.accuracy)],
                    "arrayminus": [100 * (row.accuracy - low)],
                    "color": COLORS[kind],
                    "thickness": 1.4,
                    "width": 0,
                },
                hovertemplate=(
                    f"{row.system}<br>{frame.percent(row.accuracy, (row.low, row.high))}<br>"
                    f"{name}<br>{kind}<extra></extra>"
                ),
            )
            seen.add(kind)
            ours = kind in (Kind.OURS, Kind.REPORT)
            label = f"<b>{row.system}</b>" if ours else row.system
            labels.append({"x": 100 * low, "y": y, "text": label, "xanchor": "right", "xshift": -6})
            figures = f"{100 * row.accuracy:.1f}"
            labels.append(
                {"x": 100 * high, "y": y, "text": figures, "xanchor": "left", "xshift": 6}
            )
        y += 2
    for position, name in ticks:
        labels.append(
            {"x": 0, "xref": "paper", "y": position, "text": f"<b>{name}</b>", "xanchor": "left"}
        )
        if position:
            height = {"y0": position - 0.8, "y1": position - 0.8}
            across = {"type": "line", "xref": "paper", "x0": 0, "x1": 1}
            lines.append(across | height | {"line": {"color": charts.GRID, "width": 1}})
    fig.update_yaxes(range=[y - 1, -0.7], visible=False)
    lowest = 100 * table["accuracy"].min()
    fig.update_xaxes(
        range=[lowest - 36, 82], title_text="accuracy (%), with 95 % interval", dtick=10
    )
    fig.update_layout(
        annotations=[label | {"showarrow": False} for label in labels],
        shapes=lines,
    )
    return fig


@st.cache_resource(show_spinner=False, max_entries=8)
def speed_figure(table: pd.DataFrame) -> go.Figure:
    """Accuracy against the time for one face."""
    fig = charts.figure("Does accuracy cost time?", height=330, showlegend=False)
    # Times under one ms lie close together; names above and below keep apart.
    near = iter(("top center", "bottom center") * len(table))
    for row in table.itertuples():
        kind = Kind(row.kind)
        fig.add_scatter(
            x=[row.ms_per_face],
            y=[100 * row.accuracy],
            mode="markers+text",
            text=[row.system.removeprefix("oarriaga ").partition(" (epoch")[0]],
            textposition=next(near) if row.ms_per_face < 1 else "middle right",
            cliponaxis=False,
            marker={
                "symbol": SYMBOLS[kind],
                "size": 11,
                "color": COLORS[kind],
                "line": {"width": 1, "color": charts.OUTLINE},
            },
            hovertemplate=(
                f"{row.system}<br>%{{y:.1f}} %, {frame.milliseconds(row.ms_per_face)} a face"
                f"<br>{row.runtime}<extra></extra>"
            ),
        )
    fig.update_xaxes(
        type="log",
        title_text="ms a face, log scale",
        range=[min(-0.7, math.log10(table["ms_per_face"].min()) - 0.2), 1.3],
        tickvals=[0.2, 0.5, 1, 2, 5, 10, 20],
        ticktext=["0.2", "0.5", "1", "2", "5", "10", "20"],
    )
    lowest, highest = 100 * table["accuracy"].min(), 100 * table["accuracy"].max()
    fig.update_yaxes(title_text="accuracy (%), all 7,178", range=[lowest - 4, highest + 4])
    return fig


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
    lines.append(f"- **About the report.** {reference.REPORT_CONTRADICTION}")
    st.markdown("\n".join(lines))
    st.markdown("Train a network of your own from the command line:")
    st.code(frame.TRAIN_COMMAND, language="bash")


def full_table(table: pd.DataFrame) -> None:
    """Every figure with its source."""
    st.subheader("All figures and their sources", anchor=False)
    shown = pd.DataFrame(
        {
            "system": table["system"],
            "test images": table["test_set"],
            "accuracy, 95 % interval": [
                frame.percent(row.accuracy, (row.low, row.high)) for row in table.itertuples()
            ],
            "kind": table["kind"],
            "extra training data": table["extra_training_data"].replace("", "not stated"),
            "note": table["note"].fillna(""),
            "source": table["source"],
        }
    )
    st.dataframe(
        shown,
        hide_index=True,
        key="scoreboard",
        alt="Accuracy, interval, test images and source of every system",
        column_config={"system": st.column_config.TextColumn("system", pinned=True, width=180)},
    )
    st.caption(
        "Intervals: bootstrap over images for our runs; for others computed from accuracy and "
        "number of images (Wilson), or as stated. Papers report PrivateTest, many with extra "
        "training data or several networks; people reach about 65 %."
    )


frame.page_header("Facial expressions", "How good is it, and what can I do here?")
all_runs = cached.runs()
served_run = cached.default_run()
own: dict[str, dict[str, Report]] = {}
timed: dict[str, tuple[Report, float]] = {}
with frame.error_box():
    for run in all_runs:
        if not run.has_predictions() or run.config.synthetic:
            continue
        name = frame.run_name(run)
        own[name] = cached.reports(run)
        ms = cached.ms_per_face(run)
        if "all" in own[name] and ms is not None:
            timed[name] = own[name]["all"], ms

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
figures = scoreboard(own)
left, right = st.columns([3, 2], gap="medium")
with left:
    best = figures[figures["kind"] == Kind.OURS]
    ours = "; ".join(
        f"{row.system} {frame.percent(row.accuracy)} on {row.test_set}" for row in best.itertuples()
    )
    charts.show(
        ladder(figures),
        f"Accuracy of {len(figures)} systems, grouped by test images. "
        f"{ours or 'None of ours yet'}. Values stand in the table below.",
        key="ladder",
    )
with right:
    speeds = speed_table(timed)
    described = ", ".join(
        f"{row.system} {frame.percent(row.accuracy)} at {frame.milliseconds(row.ms_per_face)}"
        for row in speeds.itertuples()
    )
    charts.show(speed_figure(speeds), f"Accuracy against time: {described}.", key="speed")
    st.caption(
        "Ours: this machine, one thread, ONNX Runtime. Others: one core, November 2026; fer by "
        "TFLite. The two JavaScript systems have no comparable time."
    )
    state(all_runs, served_run)
full_table(figures)
frame.footer()
