"""Many pictures at once: a table with a row a face, filters, downloads, and one picture in full."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fer_core.classes import FACE_SIZE
from fer_core.errors import FerError
from fer_core.inference.pictures.table import batch_table, counts, filter_table
from fer_core.inference.results import ImageResult
from pages.parts.shared import pictures
from pages.parts.shared.pictures import Reading
from pages.parts.upload import picture_cards
from pages.parts.upload.reading_settings import ReadingSettings

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.inference.predictor import Predictor

COLUMNS = {
    "thumbnail": st.column_config.ImageColumn("Face", width=60, help="As the model sees it"),
    "outcome": st.column_config.TextColumn("Outcome", width=120),
    "percent": st.column_config.ProgressColumn(
        "Confidence", width=130, min_value=0, max_value=100, format="%.1f %%", color="#7D8794"
    ),
    "picture": st.column_config.TextColumn("Picture", width="medium"),
    "error": st.column_config.TextColumn("Why not", width="large"),
    "runner_up": st.column_config.TextColumn("Runner-up", width=100),
    "size": st.column_config.NumberColumn("Size, px", width=80, help="Side of the face's box"),
    "face": st.column_config.NumberColumn("Number", width=70, help="The largest face is 1"),
}

_ANNOTATED = "annotated"
_ROWS_IN_VIEW = 8
_ROW_HEIGHT = FACE_SIZE + 4


@st.fragment
def show(readings: list[Reading], settings: ReadingSettings, predictor: "Predictor") -> None:
    """The table, its filters and, below, the picture of the row that is chosen."""
    table = batch_table([reading.result for reading in readings])
    found = counts(table)
    left, right = st.columns([5, 2], gap="medium", vertical_alignment="bottom")
    with left:
        outcomes = st.pills(
            "Show only",
            list(found),
            selection_mode="multi",
            format_func=lambda name: f"{name} {found.get(name, 0)}",
            key="batch-outcomes",
            wrap=True,
        )
    with right:
        least = st.slider(
            "Confidence from", 0.0, 0.95, 0.0, 0.05, format="percent", key="batch-confidence"
        )
    shown = filter_table(table, outcomes, least).reset_index(drop=True)
    shown_columns = [name for name in COLUMNS if shown.empty or shown[name].notna().any()]
    st.caption(
        f"{len(shown):,} of {len(table):,} rows. Choose one to see its picture, or in full why it "
        "could not be read."
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
        height=_height(len(table)),
        placeholder="",
        alt=f"Faces of {len(readings)} pictures with outcome and confidence",
    )
    chosen = _chosen_row(shown, event)
    if chosen is not None:
        _show_chosen(readings[chosen], settings, predictor)


def _height(rows: int) -> int:
    """Pixels of the table, the same whatever the filters leave, so that nothing jumps."""
    return (min(rows, _ROWS_IN_VIEW) + 1) * _ROW_HEIGHT - 10


def _chosen_row(shown: "pd.DataFrame", event: object) -> int | None:
    """Index of the reading whose row is selected."""
    rows = event["selection"]["rows"] if event else []  # type: ignore[index]
    return int(shown["index"][rows[0]]) if rows and rows[0] < len(shown) else None


def _show_chosen(reading: Reading, settings: ReadingSettings, predictor: "Predictor") -> None:
    full = pictures.read_all(
        [reading.picture],
        predictor,
        min_confidence=settings.threshold,
        whole=st.session_state.get("whole", set()),
        progress=lambda done, total: None,
        store="chosen-reading",
    )
    picture_cards.show(full[0], settings.run, predictor.classifier)


def offer_annotated(readings: list[Reading]) -> None:
    """Two steps: drawing all pictures takes a while and is done when it is asked for.

    The archive is forgotten with the pictures that it was made of.
    """
    readable = [reading for reading in readings if reading.result.error is None]
    if not readable:
        return
    results = [reading.result for reading in readable]
    kept = st.session_state.pop(_ANNOTATED, None)
    if kept is not None and kept[0] == results:  # results compare by identity
        st.session_state[_ANNOTATED] = kept
        st.download_button(
            f"Download annotated ZIP ({len(kept[1]) / 1e6:.1f} MB)",
            kept[1],
            "annotated.zip",
            "application/zip",
            on_click="ignore",
        )
    elif st.button("Prepare annotated ZIP", key="prepare-annotated"):
        from fer_core.inference.pictures.annotated_zip import annotated_zip

        bar = st.progress(0.0, "Drawing pictures")
        data = annotated_zip(_drawable(readable, bar))
        st.session_state[_ANNOTATED] = (results, data)
        st.rerun()


def _drawable(
    readings: list[Reading], bar: "st.delta_generator.DeltaGenerator"
) -> Iterator[tuple[NDArray[np.uint8], ImageResult]]:
    """Pixels and result of each picture, decoded once more."""
    for done, reading in enumerate(readings):
        bar.progress(done / len(readings), f"Drawing picture {done + 1} of {len(readings)}")
        try:
            yield pictures.decode(reading.picture), reading.result
        except FerError:  # it could be read before, so this is rare; the table has its row
            continue
