"""Scores by class: the table with its intervals, and the chart against the report."""

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.evaluation.metrics import SCORES
from fer_core.plots.classes import f1_figure
from fer_core.reference import student_report
from pages.parts.evaluation.question import Question
from pages.parts.shared import charts, tables
from pages.parts.shared.tables import Cell


def show_table(table: pd.DataFrame, caption: str, key: str) -> None:
    """Precision, recall and F1 in percent, each over its interval where it has one.

    Args:
        table: classes, then averages, from `Report.with_intervals` or of the report.
        caption: what it shows, for screen readers.
        key: names it for tests.
    """
    rows = [
        [
            Cell(row["class"]),
            *(tables.share(row[name], row.get(f"{name} interval", "")) for name in SCORES),
            Cell(formats.count(row["support"])),
        ]
        for row in table.to_dict("records")
    ]
    head = [Cell(name) for name in ("class", "F1", "recall", "precision", "images")]
    tables.show(caption, head, rows, key=key, apart=len(CLASS_NAMES))


def compare_with_report(asked: Question) -> None:
    """Each class's F1 beside the published one."""
    left, right = st.columns([11, 10], gap="medium")
    with left:
        charts.show(
            f1_figure(asked.report, student_report.table().set_index("class")["f1"]),
            f"F1 of each class on {asked.images} with its interval, beside the report's figure; "
            "the two tables have the values.",
            key="f1",
        )
    with right:
        show_report_table()


def show_report_table() -> None:
    """The report's own table, with its download."""
    st.subheader("The report's own table", anchor=False)
    st.caption(
        f"As published: {formats.percent(student_report.ACCURACY)} on all "
        f"{formats.count(student_report.TEST_IMAGES)} test images, no intervals."
    )
    table = student_report.table()
    show_table(table, "The report's precision, recall and F1 for each class", "report_table")
    tables.csv_button(table, "the report's table", "report-table", "report_csv")
