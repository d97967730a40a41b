"""What was read, as files: CSV, JSON, and a ZIP of annotated pictures."""

from collections.abc import Iterator

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fer_core import formats
from fer_core.errors import FerError
from fer_core.inference.results import ImageResult, to_frame, to_json
from fer_core.tables import to_csv
from pages.parts.shared import pictures
from pages.parts.shared.pictures import Reading

_ANNOTATED = "annotated"


def show(readings: list[Reading]) -> None:
    """A button for each file; all are made when they are asked for."""
    results = [reading.result for reading in readings]
    st.download_button(
        "Download CSV",
        lambda: to_csv(to_frame(results)),
        "faces.csv",
        "text/csv",
        on_click="ignore",
    )
    st.download_button(
        "Download JSON",
        lambda: to_json(results),
        "faces.json",
        "application/json",
        on_click="ignore",
    )
    readable = [reading for reading in readings if reading.result.error is None]
    if readable:
        _annotated(readable)


def _annotated(readings: list[Reading]) -> None:
    """Two steps, as drawing all pictures takes a while; forgotten with the pictures."""
    results = [reading.result for reading in readings]
    kept = st.session_state.pop(_ANNOTATED, None)
    if kept is not None and kept[0] == results:  # results compare by identity
        st.session_state[_ANNOTATED] = kept
        st.download_button(
            f"Download annotated ZIP ({formats.megabytes(len(kept[1]))})",
            kept[1],
            "annotated.zip",
            "application/zip",
            on_click="ignore",
        )
    elif st.button("Prepare annotated ZIP", key="prepare-annotated"):
        from fer_core.inference.pictures.annotated_zip import annotated_zip

        bar = st.progress(0.0, "Drawing pictures")
        st.session_state[_ANNOTATED] = (results, annotated_zip(_drawable(readings, bar)))
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
