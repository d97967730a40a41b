"""Many pictures at once: a table with a row per face, its filters, and one picture in full."""

from typing import TYPE_CHECKING

import streamlit as st

from fer_core.classes import FACE_SIZE
from fer_core.inference.pictures.table import batch_table, counts, filter_table
from pages.parts.shared import pictures
from pages.parts.shared.pictures import Reading
from pages.parts.upload import picture_card
from pages.parts.upload.settings import ReadingSettings

if TYPE_CHECKING:
    from fer_core.inference.predictor import Predictor

COLUMNS = {
    "thumbnail": st.column_config.ImageColumn("Face", width=60, help="As the model sees it"),
    "outcome": st.column_config.TextColumn("Outcome", width=120),
    "percent": st.column_config.ProgressColumn(
        "Confidence", width=130, min_value=0, max_value=100, format="%.1f %%", color="#7D8794"
    ),
    "picture": st.column_config.TextColumn("Picture", width="medium"),
    "error": st.column_config.TextColumn("Reason", width="large"),
    "runner_up": st.column_config.TextColumn("Runner-up", width=100),
    "size": st.column_config.NumberColumn("Size, px", width=80, help="Side of the face's box"),
    "face": st.column_config.NumberColumn("Number", width=70, help="The largest face is 1"),
}

_ROWS_IN_VIEW = 8
_ROW_HEIGHT = FACE_SIZE + 4


@st.fragment
def show(readings: list[Reading], settings: ReadingSettings, predictor: "Predictor") -> None:
    """The table, its filters and, below, the picture of the row that is chosen."""
    table = batch_table([reading.result for reading in readings])
    found = counts(table)
    left, right = st.columns([5, 2], gap="medium", vertical_alignment="bottom")
    outcomes = left.pills(
        "Show only",
        list(found),
        selection_mode="multi",
        format_func=lambda name: f"{name} {found.get(name, 0)}",
        key="batch-outcomes",
        wrap=True,
    )
    least = right.slider(
        "Confidence from", 0.0, 0.95, 0.0, 0.05, format="percent", key="batch-confidence"
    )
    shown = filter_table(table, outcomes, least).reset_index(drop=True)
    shown_columns = [name for name in COLUMNS if shown.empty or shown[name].notna().any()]
    st.caption(
        f"{len(shown):,} of {len(table):,} rows. Select one to see its picture, or why it could "
        "not be read."
    )
    event = st.dataframe(
        shown,
        hide_index=True,
        column_config=COLUMNS,
        column_order=shown_columns,
        on_select="rerun",
        selection_mode="single-row",
        key="batch-table",
        row_height=_ROW_HEIGHT,
        # The same whatever the filters leave, so that nothing moves.
        height=(min(len(table), _ROWS_IN_VIEW) + 1) * _ROW_HEIGHT - 10,
        placeholder="",
        alt=f"Faces of {len(readings)} pictures with outcome and confidence",
    )
    rows = event["selection"]["rows"]
    if rows and rows[0] < len(shown):
        (full,) = pictures.read_all(
            [readings[int(shown["index"][rows[0]])].picture],
            predictor,
            min_confidence=settings.threshold,
            whole=st.session_state.get("whole", set()),
            store="chosen-reading",
        )
        picture_card.show(full, settings.run, predictor.classifier)
