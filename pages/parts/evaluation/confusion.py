"""The confusion matrix beside the table by class; a cell of it opens its faces.

The chosen cell is the value of one select box, `cell`, which the URL keeps; a click in the
chart only sets it.
"""

from typing import Any

import streamlit as st

from fer_core.classes import CLASS_NAMES
from fer_core.evaluation.error_analysis import CELLS, Cell, images_in
from fer_core.evaluation.metrics import (
    Normalization,
    confusion_table,
    describe_intervals,
    normalize,
)
from fer_core.plots.confusion import confusion_figure
from pages.parts.evaluation import class_scores, face_list
from pages.parts.evaluation.question import Question
from pages.parts.shared import charts, choices, reveal, tables

UNITS: dict[str, Normalization] = {
    "Counts": "counts",
    "By true class": "true",
    "By prediction": "predicted",
}

_NOTES = {
    "counts": "Cells are images; the shade is the share of the true class.",
    "true": "Cells are percent of the true class (rows add up to 100).",
    "predicted": "Cells are percent of the prediction (columns add up to 100).",
}


def show(asked: Question) -> None:
    """The matrix, and beside it the table by class or the faces of the chosen cell."""
    left, right = st.columns([11, 10], gap="medium")
    # First the panel, which holds the select box: the matrix outlines what that says.
    with right:
        controls = st.container(horizontal=True)
        with controls:
            cell = _choose()
        if cell is None:
            class_scores.show(asked, controls)
        else:
            with st.container(key="cell-faces"):
                found = images_in(asked.predictions, cell)
                face_list.show(
                    asked,
                    found,
                    title=cell.title,
                    name=str(cell),
                    key="cell_images",
                    controls=controls,
                )
            reveal.into_view("cell-faces", str(cell))
    with left:
        unit = _show_matrix(asked, cell)
    note = f"Rows: true class. Columns: predicted class. {_NOTES[unit]}"
    if cell is None:
        note += f" Small figures: {describe_intervals(asked.report)}"
    st.caption(note)
    _show_as_table(asked, unit)


def _choose() -> Cell | None:
    """The select box of cells; its options are what the URL says."""
    chosen = st.selectbox(
        "Faces of a cell: true class, then prediction",
        [str(cell) for cell in CELLS],
        index=None,
        placeholder="Click or choose a cell",
        key="cell",
        bind="query-params",
        label_visibility="collapsed",
    )
    return Cell.parse(chosen) if chosen else None


def _show_matrix(asked: Question, cell: Cell | None) -> Normalization:
    """Draws the matrix in the unit chosen, which is returned."""
    unit = UNITS[choices.one_of("Cells show", list(UNITS), "cells", label_visibility="collapsed")]
    with charts.tappable("confusion"):
        charts.titled(
            confusion_figure(asked.report, unit, cell),
            f"Confusion matrix of {asked.run.run_id} on {asked.images}. Rows are true classes, "
            "columns predictions; the table below has the values.",
            key="matrix",
            height="stretch",
            on_select=_take_click,
            selection_mode="points",
        )
    return unit


def _show_as_table(asked: Question, unit: Normalization) -> None:
    """The matrix to read, and what there is to save."""
    report = asked.report
    with st.container(horizontal=True):
        asked.csv_button(report.all_digits(), "table", "classes", "own_csv")
        asked.csv_button(confusion_table(report.confusion), "matrix", "confusion", "cm_csv")
    box = st.expander("The matrix as a table", key="matrix-table", on_change="rerun")
    if box.open:
        with box:
            tables.grid(
                confusion_table(normalize(report.confusion, unit)),
                {
                    "true": st.column_config.TextColumn("true", pinned=True, width=84),
                    **{
                        name: tables.number(
                            name, format="localized" if unit == "counts" else "%.1f", width=78
                        )
                        for name in CLASS_NAMES
                    },
                },
                key="matrix_cells",
                alt="Confusion matrix: rows are true classes, columns predictions",
                shares=() if unit == "counts" else CLASS_NAMES,
                height="content",
            )


def clicked_cell(points: list[dict[str, Any]]) -> Cell | None:
    """The cell of the first selected mark; None where a click beside them cleared it."""
    return Cell.parse(str(points[0]["customdata"])) if points else None


def _take_click() -> None:
    cell = clicked_cell(st.session_state["matrix"]["selection"]["points"])
    if cell is not None:
        st.session_state["cell"] = str(cell)
