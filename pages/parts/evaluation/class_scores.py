"""Scores by class: the table with its intervals, and the chart against the report."""

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.evaluation.metrics import Report
from fer_core.plots.classes import f1_figure
from fer_core.reference import student_report
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
            f1_figure(report, student_report.table().set_index("class")["f1"]),
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
        f"As published: {formats.percent(student_report.ACCURACY)} on all "
        f"{formats.count(student_report.TEST_IMAGES)} test images, no intervals."
    )
    table = student_report.table()
    scores_table(table, "The report's precision, recall and F1 for each class", "report_table")
    downloads.csv_button(
        table, "Download the report's table (CSV)", "report-table.csv", "report_csv"
    )
