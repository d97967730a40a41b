"""Evaluation: where does it fail?"""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from fer_core.evaluation import reference
from fer_core.evaluation.report import Report, compare_to_report, normalize, worst_confusion
from fer_core.evaluation.views import LabelView, Subset, describe
from fer_core.labels import CLASS_NAMES
from fer_core.runs.store import Run
from views.ui import cached, charts, frame, robustness

LABELS_HELP = (
    "FER2013: the labels of the data set. FER+ majority: the answer that more than half of "
    "FER+'s ten annotators gave, answers with a single vote aside (Barsoum et al. 2016). Images "
    "without one, or whose answer is contempt, unknown or not a face, are left out."
)
CELLS = {"Counts": "counts", "By true class": "true", "By prediction": "predicted"}


def choose(runs: list[Run]) -> tuple[Run, str, str]:
    """The row of controls: the run, which test images and whose labels."""
    by_id = {run.run_id: run for run in runs}
    served = cached.default_run()
    default = served.run_id if served else runs[0].run_id
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


def choose_cells() -> str:
    """The control above the matrix: what its cells show."""
    cells = st.segmented_control(
        "Cells show",
        list(CELLS),
        default="Counts",
        required=True,
        key="cells",
        bind="query-params",
        label_visibility="collapsed",
    )
    return CELLS[cells or "Counts"]


def confusion_figure(report: Report, cells: str, title: str) -> go.Figure:
    """The confusion matrix; shades are shares of a row, or of a column by prediction."""
    by = "predicted" if cells == "predicted" else "true"
    shares = normalize(report.confusion, by)
    percents = [["–" if v != v else f"{100 * v:.0f}" for v in row] for row in shares]
    counts = [[f"{v:,}" for v in row] for row in report.confusion]
    hover = [
        [
            f"true {true}, predicted {predicted}<br>{counts[i][j]} images, "
            f"{percents[i][j]} % of all {'true ' + true if by == 'true' else 'called ' + predicted}"
            for j, predicted in enumerate(CLASS_NAMES)
        ]
        for i, true in enumerate(CLASS_NAMES)
    ]
    fig = charts.figure(title, height=490, margin={"l": 8, "r": 8, "t": 110, "b": 8})
    fig.add_heatmap(
        z=shares,
        x=list(CLASS_NAMES),
        y=list(CLASS_NAMES),
        zmin=0,
        zmax=1,
        text=counts if cells == "counts" else percents,
        texttemplate="%{text}",
        textfont={"size": 13},
        hovertext=hover,
        hovertemplate="%{hovertext}<extra></extra>",
        showscale=False,
        xgap=2,
        ygap=2,
    )
    fig.update_xaxes(side="top", constrain="domain", showgrid=False, ticks="")
    fig.update_yaxes(
        autorange="reversed",
        title_text="true",
        scaleanchor="x",
        constrain="domain",
        constraintoward="top",
        showgrid=False,
        ticks="",
    )
    return fig


def scores_table(table: pd.DataFrame, alt: str, key: str) -> None:
    """Precision, recall and F1 to four digits; further columns as they come."""
    number = st.column_config.NumberColumn
    st.dataframe(
        table,
        hide_index=True,
        key=key,
        alt=alt,
        height="content",
        column_config={
            "class": st.column_config.TextColumn("class", width=104),
            "precision": number("precision", format="%.4f", width=76),
            "recall": number("recall", format="%.4f", width=66),
            "f1": number("F1", format="%.4f", width=66),
            "support": number("images", format="localized", width=66),
            "f1 interval": st.column_config.TextColumn("F1, 95 %", width=94),
            "recall interval": st.column_config.TextColumn("recall, 95 %", width=94),
            "precision interval": st.column_config.TextColumn("precision, 95 %", width=104),
        },
    )


def with_intervals(report: Report) -> pd.DataFrame:
    """The report's table with the intervals of each score as text."""
    table = report.table()
    for name in ("f1", "recall", "precision"):
        bounds = zip(report.per_class[f"{name}_low"], report.per_class[f"{name}_high"], strict=True)
        texts = ["–" if low != low else f"{low:.3f}–{high:.3f}" for low, high in bounds]
        if name == "f1":
            low, high = report.macro_f1_interval
            texts.append(f"{low:.3f}–{high:.3f}")
        table[f"{name} interval"] = pd.Series(texts)
    return table.fillna({f"{name} interval": "" for name in ("f1", "recall", "precision")})


def f1_figure(report: Report) -> go.Figure:
    """F1 of each class with its interval, and the report's figure beside it."""
    theirs = reference.report_table().set_index("class").loc[list(CLASS_NAMES), "f1"]
    ours = report.per_class
    fig = charts.figure(
        "F1 by class: this run against the report",
        height=350,
        margin=charts.MARGIN_WITH_LEGEND,
        xaxis_title="F1 (0–1)",
        showlegend=True,
    )
    fig.add_scatter(
        x=theirs,
        y=list(CLASS_NAMES),
        mode="markers",
        name="the report: all images, FER2013 labels",
        marker={
            "symbol": "diamond-open",
            "size": 11,
            "color": charts.NEUTRAL_COLOR,
            "line": {"width": 2, "color": charts.NEUTRAL_COLOR},
        },
        hovertemplate="%{y}: %{x:.4f}<extra>the report</extra>",
    )
    fig.add_scatter(
        x=ours["f1"],
        y=list(CLASS_NAMES),
        mode="markers",
        name="this run, with 95 % interval",
        marker={
            "size": 11,
            "color": charts.class_colors(),
            "line": {"width": 1, "color": charts.OUTLINE},
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": ours["f1_high"] - ours["f1"],
            "arrayminus": ours["f1"] - ours["f1_low"],
            "color": charts.NEUTRAL_COLOR,
            "thickness": 1.5,
            "width": 4,
        },
        hovertemplate="%{y}: %{x:.4f}<extra>this run</extra>",
    )
    fig.update_yaxes(autorange="reversed")
    fig.update_xaxes(range=[0, 1])
    return fig


def download(table: pd.DataFrame, label: str, name: str, key: str) -> None:
    """A button that saves `table` as CSV."""
    st.download_button(
        label,
        table.to_csv(index=False),
        file_name=name,
        mime="text/csv",
        on_click="ignore",
        key=key,
    )


def report_column() -> None:
    """The report's own table, with its download."""
    st.subheader("The report's own table", anchor=False)
    st.caption(
        f"As published: {reference.REPORT_ACCURACY_TEXT} on all 7,178 test images, no intervals."
    )
    table = reference.report_table()
    scores_table(table, "The report's precision, recall and F1 for each class", "report_table")
    download(table, "Download the report's table (CSV)", "report-table.csv", "report_csv")


def show(run: Run, subset: str, labels: str) -> None:
    """Everything below the controls."""
    view = cached.view(run, subset, labels)
    report = cached.report(run, subset, labels)
    images = f"{view.title}, {frame.count(report.n)}"
    file_name = f"{run.run_id}-{subset}{'' if labels == 'FER2013' else '-ferplus'}"
    true, wrong, share = worst_confusion(report.confusion)

    st.markdown(
        f"**{frame.percent(report.accuracy, report.accuracy_interval)} accuracy**, "
        f"macro F1 {report.macro_f1:.3f} ({report.macro_f1_interval[0]:.3f}–"
        f"{report.macro_f1_interval[1]:.3f}) on {images}; run {frame.run_name(run)}. "
        + compare_to_report(report)
    )
    st.caption(describe(view))
    if report.absent:
        st.info(f"No image of {', '.join(report.absent)} here; averages leave that out.")

    left, right = st.columns([11, 10], gap="medium")
    with left:
        cells = choose_cells()
        charts.show(
            confusion_figure(
                report, cells, f"{100 * share:.0f} % of {true} faces are taken for {wrong}"
            ),
            f"Confusion matrix of {run.run_id} on {images}. Rows are true classes, columns "
            f"predictions. The largest error: {share:.0%} of {true} faces are called {wrong}.",
            key="confusion",
        )
        unit = {
            "counts": "Cells are images; the shade is the share of the true class.",
            "true": "Cells are percent of the true class (rows add up to 100).",
            "predicted": "Cells are percent of the prediction (columns add up to 100).",
        }
        st.caption("Rows: true class. Columns: predicted class. " + unit[cells])
    with right:
        st.subheader("Per class", anchor=False)
        st.caption(f"{run.run_id} on {images}; 95 % bootstrap intervals to the right.")
        scores_table(with_intervals(report), "Precision, recall and F1 for each class", "own_table")
        with st.container(horizontal=True):
            download(report.per_class, "Download table (CSV)", f"{file_name}.csv", "own_csv")
            matrix = pd.DataFrame(report.confusion, columns=list(CLASS_NAMES))
            matrix.insert(0, "true", CLASS_NAMES)
            download(matrix, "Download matrix (CSV)", f"{file_name}-confusion.csv", "cm_csv")

    left, right = st.columns([11, 10], gap="medium")
    with left:
        charts.show(
            f1_figure(report),
            "F1 of each class with its interval, beside the report's figure; the values stand "
            "in the two tables.",
            key="f1",
        )
    with right:
        report_column()


frame.page_header("Evaluation", "Where does it fail?")
evaluated = [run for run in cached.runs() if run.has_predictions()]
if evaluated:
    chosen = choose(evaluated)
    with frame.error_box():
        show(*chosen)
    robustness.section(chosen[0])
else:
    frame.empty_state(
        "No run has been evaluated yet",
        "Predictions on the test images are made when training ends, and every figure on this "
        "page is computed from them. A run in training can be followed under Training curves.",
        "Train one, or go on with one that was stopped:",
        command=frame.TRAIN_COMMAND,
        page=frame.CURVES,
        page_label="See the training curves",
    )
    report_column()
frame.footer()
