"""The confusion matrix beside the table by class; a cell of it opens its faces.

The address says which cell is chosen; the select box and a click in the chart set it.
"""

from typing import Any

import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.evaluation.error_analysis import CELLS, Cell, images_in, largest_errors
from fer_core.evaluation.metrics import (
    Normalization,
    confusion_table,
    describe_intervals,
    normalize,
)
from fer_core.plots.confusion import confusion_figure
from pages.parts.evaluation import class_scores, face_list
from pages.parts.evaluation.question import Question
from pages.parts.shared import charts, choices, face_pages, gallery, reveal, tables

UNITS: dict[str, Normalization] = {
    "Counts": "counts",
    "By true class": "true",
    "By prediction": "predicted",
}

_FACES = 3
"""Of the largest error, as many as stand side by side on a phone."""
_NOTES = {
    "counts": "Cells are images; the shade is the share of the true class.",
    "true": "Cells are percent of the true class (rows add up to 100).",
    "predicted": "Cells are percent of the prediction (columns add up to 100).",
}


def show(asked: Question) -> None:
    """The matrix; beside it the table by class and faces of the largest error, or the faces of the
    chosen cell.
    """
    left, right = st.columns(2, gap="medium")
    with left:
        unit = UNITS[
            choices.one_of("Cells show", list(UNITS), "cells", label_visibility="collapsed")
        ]
    # First the panel, which holds the select box: the matrix outlines what that says.
    with right:
        controls = st.container(horizontal=True)
        with controls:
            cell = _choose(asked)
        if cell is None:
            class_scores.show(asked, controls)
            worst = largest_errors(asked.report.confusion, unit)
            place = st.container(key="worst-faces", gap="xsmall") if len(worst) == 1 else None
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
        _show_matrix(asked, unit, cell)
    if cell is None and place is not None:
        with place:
            _show_faces(asked, worst[0])
    note = f"Rows: true class. Columns: predicted class. {_NOTES[unit]}"
    if cell is None:
        note += f" Small figures: {describe_intervals(asked.report)}"
    st.caption(note)
    _show_as_tables(asked, unit)


def _choose(asked: Question) -> Cell | None:
    """The select box of cells, each with its count; the address keeps which is chosen."""
    counts = asked.report.confusion.ravel()
    chosen = choices.by_name(
        "Faces of a cell: true class, then prediction",
        {
            str(cell): f"{cell.true} \N{RIGHTWARDS ARROW} {cell.predicted} ({count:,})"
            for cell, count in zip(CELLS, counts, strict=True)
        },
        "cell",
        first=None,
        what="cell",
        index=None,
        placeholder="Click or choose a cell",
        label_visibility="collapsed",
    )
    return Cell.parse(chosen) if chosen else None


def _show_faces(asked: Question, cell: Cell) -> None:
    """The most confident errors of a cell, and the way to all of them."""
    found = images_in(asked.predictions, cell)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{cell.title.capitalize()}**")
        st.button(
            f"Show all {len(found):,}",
            on_click=choices.set_name,
            args=("cell", str(cell)),
            key="worst-all",
            type="tertiary",
            icon=":material/arrow_forward:",
        )
    dataset, reason = face_pages.dataset_of(asked.run)
    if dataset is None:
        face_pages.tell_missing(reason)
        return
    shares = found.y_score.max(axis=1)[:_FACES]
    gallery.show(
        dataset,
        found.path[:_FACES].tolist(),
        [f"{cell.predicted} {formats.percent(share)}" for share in shares],
        key="worst",
        among=found.path.tolist(),
        run=asked.run,
    )


def _show_matrix(asked: Question, unit: Normalization, cell: Cell | None) -> None:
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


def _show_as_tables(asked: Question, unit: Normalization) -> None:
    """Matrix and scores to read, and what there is to save."""
    report = asked.report
    with st.container(horizontal=True):
        asked.csv_button(report.all_digits(), "table", "classes", "own_csv")
        asked.csv_button(confusion_table(report.confusion), "matrix", "confusion", "cm_csv")
    box = st.expander("Matrix and intervals as tables", key="matrix-table", on_change="rerun")
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
            class_scores.show_intervals(asked)


def clicked_cell(points: list[dict[str, Any]]) -> Cell | None:
    """The cell of the first selected mark; None where a click beside them cleared it."""
    return Cell.parse(str(points[0]["customdata"])) if points else None


def _take_click() -> None:
    cell = clicked_cell(st.session_state["matrix"]["selection"]["points"])
    if cell is not None:
        choices.set_name("cell", str(cell))
