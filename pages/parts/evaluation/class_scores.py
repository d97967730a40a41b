"""Scores by class: the table with its intervals, and the chart against the report."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.evaluation.metrics import Report
from fer_core.reference import published
from pages.parts.shared import charts, downloads, tables

_SCORES = ("f1", "recall", "precision")
_HEAD = ("class", "F1", "recall", "precision", "images")


def scores_table(table: pd.DataFrame, caption: str, key: str) -> None:
    """Precision, recall and F1 to four digits, each over its interval where it has one.

    Args:
        table: classes, then averages, with the columns of `with_intervals` or of the report.
        caption: what it shows, for those who do not see it.
        key: names it for tests.
    """
    rows = [
        [
            tables.Cell(row["class"]),
            *(tables.score(row[name], row.get(f"{name} interval", "")) for name in _SCORES),
            tables.Cell(formats.count(row["support"])),
        ]
        for row in table.to_dict("records")
    ]
    head = [tables.Cell(name) for name in _HEAD]
    tables.show(caption, head, rows, key=key, apart=len(CLASS_NAMES))


def with_intervals(report: Report) -> pd.DataFrame:
    """The report's table with the intervals of each score as text."""
    table = report.table()
    for name in _SCORES:
        bounds = zip(report.per_class[f"{name}_low"], report.per_class[f"{name}_high"], strict=True)
        texts = ["–" if low != low else f"{low:.3f}–{high:.3f}" for low, high in bounds]
        if name == "f1":
            low, high = report.macro_f1_interval
            texts.append(f"{low:.3f}–{high:.3f}")
        table[f"{name} interval"] = pd.Series(texts)
    return table.fillna({f"{name} interval": "" for name in _SCORES})


def all_digits(report: Report) -> pd.DataFrame:
    """What `with_intervals` shows, every bound a column of its own, to compute with."""
    table = pd.concat([report.per_class, report.averages], ignore_index=True)
    macro = table["class"] == "macro avg"
    table.loc[macro, ["f1_low", "f1_high"]] = report.macro_f1_interval
    return table


def against_report(report: Report, images: str) -> None:
    """The section that sets each class's F1 beside the published one."""
    left, right = st.columns([11, 10], gap="medium")
    with left:
        charts.show(
            f1_figure(report),
            f"F1 of each class on {images} with its interval, beside the report's figure; the "
            "values stand in the two tables.",
            key="f1",
        )
    with right:
        report_table()


def report_table() -> None:
    """The report's own table, with its download."""
    st.subheader("The report's own table", anchor=False)
    st.caption(
        f"As published: {published.REPORT_ACCURACY_TEXT} on all "
        f"{formats.count(published.TEST_IMAGES)} test images, no intervals."
    )
    table = published.report_table()
    scores_table(table, "The report's precision, recall and F1 for each class", "report_table")
    downloads.csv_button(
        table, "Download the report's table (CSV)", "report-table.csv", "report_csv"
    )


def f1_figure(report: Report) -> go.Figure:
    """F1 of each class with its interval, and the report's figure beside it."""
    theirs = published.report_table().set_index("class").loc[list(CLASS_NAMES), "f1"]
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
        name="the report",
        marker={
            "symbol": "diamond-open",
            "size": 11,
            "color": charts.NEUTRAL_COLOR,
            "line": {"width": 2, "color": charts.NEUTRAL_COLOR},
        },
        hovertemplate="%{y}: %{x:.4f}<extra>the report, all test images</extra>",
    )
    fig.add_scatter(
        x=ours["f1"],
        y=list(CLASS_NAMES),
        mode="markers",
        name="this run, 95 % interval",
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
