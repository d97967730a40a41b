"""Scores by class: the table with its intervals, and the chart against the report."""

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.evaluation.metrics import SCORES, compare_to_report, compares_with_report
from fer_core.plots.classes import f1_figure
from fer_core.reference import student_report
from pages.parts.evaluation.question import Question
from pages.parts.shared import charts, tables
from pages.parts.shared.tables import Cell

ORDERS = {
    "Class order": None,
    "Lowest F1 first": "f1",
    "Lowest recall first": "recall",
    "Lowest precision first": "precision",
    "Fewest images first": "support",
}
"""Columns by which the table can be sorted."""


def show(asked: Question, controls: DeltaGenerator) -> None:
    """The run's table in the order that is chosen among the `controls`."""
    chosen = controls.selectbox(
        "Order of the classes",
        list(ORDERS),
        key="classes",
        bind="query-params",
        label_visibility="collapsed",
    )
    show_table(
        asked.report.with_intervals(ORDERS[chosen]),
        f"Precision, recall and F1 of {asked.run.run_id} for each class on {asked.images}, with "
        "95 % intervals",
        "own_table",
    )


def compare_with_report(asked: Question) -> None:
    """Each class's F1 beside the published one, where both are of the same images."""
    fingerprint = asked.run.config.data_fingerprint
    st.subheader(f"Against {student_report.NAME}", anchor=False)
    if asked.by_ten_crops:
        st.markdown("It made a single pass over each image. Choose a single pass to compare.")
    else:
        st.markdown(compare_to_report(asked.report, fingerprint))
    left, right = st.columns([11, 10], gap="medium")
    if not asked.by_ten_crops and compares_with_report(asked.report, fingerprint):
        with left:
            charts.titled(
                f1_figure(asked.report, student_report.table().set_index("class")["f1"]),
                f"F1 of each class on {asked.images} with its interval, beside the student "
                "report's figure; the tables have the values.",
                key="f1",
            )
    with right:
        st.markdown("**The student report's own figures**")
        show_report_table()


def show_report_table() -> None:
    """The report's own table, with its download."""
    table = student_report.table()
    show_table(table, "The student report's precision, recall, F1 by class", "report_table")
    st.caption(
        f"As published: {formats.percent(student_report.ACCURACY)} on all "
        f"{formats.count(student_report.TEST_IMAGES)} test images, no intervals."
    )
    tables.csv_button(
        table.assign(run="student report", test_images="all test images"),
        "the student report's table",
        "student-report-all-test-images-classes",
        "report_csv",
    )


def show_table(table: pd.DataFrame, caption: str, key: str) -> None:
    """F1, with its interval where it has one, recall and precision in percent: a line a class."""
    has_intervals = "f1 interval" in table
    rows = [
        [
            Cell(row["class"]),
            tables.share(row["f1"]),
            *([_interval(row["f1 interval"])] if has_intervals else []),
            tables.share(row["recall"]),
            tables.share(row["precision"]),
            Cell(formats.count(row["support"])),
        ]
        for row in table.to_dict("records")
    ]
    interval = [Cell("", "interval")] if has_intervals else []
    head = [Cell("class"), Cell("F1"), *interval, *map(Cell, ("recall", "precision", "images"))]
    with st.container(key=f"classes-{key}"):
        tables.show(caption, head, rows, key=key, apart=len(CLASS_NAMES))


def _interval(text: str) -> Cell:
    return Cell(text) if text == formats.MISSING else Cell("", text)


def show_intervals(asked: Question) -> None:
    """Every score of every class over its interval."""
    rows = [
        [
            Cell(row["class"]),
            *(tables.share(row[name], row[f"{name} interval"]) for name in SCORES),
            Cell(formats.count(row["support"])),
        ]
        for row in asked.report.with_intervals().to_dict("records")
    ]
    head = [Cell(name) for name in ("class", "F1", "recall", "precision", "images")]
    caption = f"Precision, recall and F1 of each class on {asked.images}, with 95 % intervals"
    tables.show(caption, head, rows, key="interval_table", apart=len(CLASS_NAMES))
