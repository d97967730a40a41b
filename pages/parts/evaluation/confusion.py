"""The confusion matrix that opens: a click or the keyboard chooses a cell, its images show.

The chosen cell is the value of one select box, `cell`, which the URL keeps; a click in the
chart and a selection in the table only set it.
"""

from functools import partial
from typing import Any

import streamlit as st

from fer_core.classes import CLASS_INDEX, CLASS_NAMES
from fer_core.evaluation.error_analysis import CELLS, Cell, images_in
from fer_core.evaluation.metrics import (
    Normalization,
    Report,
    confusion_table,
    normalize,
)
from fer_core.plots.confusion import confusion_figure, headline
from pages.parts.evaluation import class_scores
from pages.parts.evaluation.question import Question
from pages.parts.shared import charts, choices, face_pages, frame, tables

UNITS: dict[str, Normalization] = {
    "Counts": "counts",
    "By true class": "true",
    "By prediction": "predicted",
}
PER_CLASS, IMAGES = "Per class", "Images"

_NOTES = {
    "counts": "Cells are images; the shade is the share of the true class.",
    "true": "Cells are percent of the true class (rows add up to 100).",
    "predicted": "Cells are percent of the prediction (columns add up to 100).",
}


@st.fragment
@frame.error_box()
def explore(asked: Question) -> None:
    """Draws the matrix, beside it the table by class and the images of the chosen cell."""
    state = st.session_state
    named = state.get("cell", st.query_params.get("cell"))
    if "panel" not in state and named in map(str, CELLS):
        state["panel"] = IMAGES
    left, right = st.columns([11, 10], gap="medium")
    # First the panel, which holds the select box: the matrix outlines what that says.
    with right:
        table, faces = st.tabs([PER_CLASS, IMAGES], key="panel", on_change="rerun")
        with faces:
            cell = _choose()
            if faces.open and cell:
                found, name = images_in(asked.predictions, cell), f"{asked.file_name}-{cell}"
                face_pages.show(asked.run, found, title=cell.title, name=name, key="cell_images")
            elif faces.open:
                st.caption("Its images show here, the most confident answer first.")
        if table.open:
            with table:
                _show_classes(asked)
    with left:
        _show_matrix(asked, cell)


def _choose() -> Cell | None:
    """The select box of cells; its options are what the URL says."""
    chosen = st.selectbox(
        "Cell: true class, then prediction",
        [str(cell) for cell in CELLS],
        index=None,
        placeholder="Click a cell of the matrix, or choose one here",
        key="cell",
        bind="query-params",
        on_change=_forget_selections,
    )
    return Cell.parse(chosen) if chosen else None


def _show_classes(asked: Question) -> None:
    report, run_id, name = asked.report, asked.run.run_id, asked.file_name
    st.caption(f"{run_id} on {asked.images}; under each score its 95 % bootstrap interval.")
    class_scores.show_table(
        report.with_intervals(),
        f"Precision, recall and F1 of {run_id} for each class, with 95 % intervals",
        "own_table",
    )
    matrix = confusion_table(report.confusion)
    with st.container(horizontal=True):
        tables.csv_button(report.all_digits(), "table", name, "own_csv")
        tables.csv_button(matrix, "matrix", f"{name}-confusion", "cm_csv")


def _show_matrix(asked: Question, cell: Cell | None) -> None:
    report = asked.report
    unit = UNITS[choices.one_of("Cells show", list(UNITS), "cells", label_visibility="collapsed")]
    key = f"confusion-{_round('chart')}"
    with st.container(key="confusion"):
        charts.show(
            confusion_figure(report, unit, cell),
            f"Confusion matrix of {asked.run.run_id} on {asked.images}. Rows are true classes, "
            f"columns predictions. {headline(report.confusion, unit)}.",
            key=key,
            on_select=lambda: _take_click(key),
            selection_mode="points",
        )
    st.caption(
        f"Rows: true class. Columns: predicted class. {_NOTES[unit]} "
        "Click a cell to see its images."
    )
    _show_keyboard_table(report, unit, cell)


def _show_keyboard_table(report: Report, unit: Normalization, cell: Cell | None) -> None:
    title = "The matrix as a table: choose a cell by keyboard"
    box = st.expander(title, key="matrix-table", on_change="rerun")
    if not box.open:
        return
    key = f"matrix_cells-{_round('table')}"
    chosen = [(CLASS_INDEX[cell.true], cell.predicted)] if cell else []
    digits = "localized" if unit == "counts" else "%.0f"
    number = partial(tables.number, format=digits, width=78)
    with box:
        st.caption("Arrow keys go from cell to cell; the images follow.")
        tables.grid(
            confusion_table(normalize(report.confusion, unit)),
            {
                "true": st.column_config.TextColumn("true", pinned=True, width=84),
                **{name: number(name) for name in CLASS_NAMES},
            },
            key=key,
            alt="Confusion matrix: rows are true classes, columns predictions",
            shares=() if unit == "counts" else CLASS_NAMES,
            height="content",
            on_select=lambda: _take_table_cell(key),
            selection_mode="single-cell",
            selection_default={"selection": {"cells": chosen}},
        )


def clicked_cell(points: list[dict[str, Any]]) -> Cell | None:
    """The cell of the first selected mark; None where a click beside them cleared it."""
    return Cell.parse(str(points[0]["customdata"])) if points else None


def table_cell(cells: list[tuple[int, str]]) -> Cell | None:
    """The cell selected in the table; None for its column of names, or nothing."""
    if not cells or cells[0][1] not in CLASS_INDEX:
        return None
    row, predicted = cells[0]
    return Cell(CLASS_NAMES[row], predicted)


def _take_click(key: str) -> None:
    _open(clicked_cell(st.session_state[key]["selection"]["points"]))
    _forget_selections()  # so the same cell can be clicked again


def _take_table_cell(key: str) -> None:
    _open(table_cell(st.session_state[key]["selection"]["cells"]))
    _next_round("chart")


def _forget_selections() -> None:
    """Gives chart and table new keys, under which nothing is selected."""
    _next_round("chart")
    _next_round("table")


def _open(cell: Cell | None) -> None:
    if cell is not None:
        st.session_state["cell"] = str(cell)
        st.session_state["panel"] = IMAGES


def _round(widget: str) -> int:
    return int(st.session_state.get(f"{widget}-round", 0))


def _next_round(widget: str) -> None:
    st.session_state[f"{widget}-round"] = _round(widget) + 1
