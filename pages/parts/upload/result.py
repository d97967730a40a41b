"""What was read in pictures: a card for each, or a table where there are many; as files."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fer_core import formats
from fer_core.errors import FerError
from fer_core.inference.results import ImageResult, to_frame, to_json
from fer_core.tables import to_csv
from pages.parts.shared import pictures
from pages.parts.shared.pictures import Picture, Reading
from pages.parts.upload import picture_card, table
from pages.parts.upload.progress import Progress
from pages.parts.upload.settings import ReadingSettings

if TYPE_CHECKING:
    from fer_core.inference.predictor import Predictor

_ANNOTATED = "annotated"
CARDS = 5
"""Pictures up to which each has a card; more become a table."""


def show(chosen: list[Picture], settings: ReadingSettings, predictor: "Predictor") -> None:
    """Reads pictures and shows what was seen in them."""
    progress = Progress(tuple(picture.key for picture in chosen))
    readings = pictures.read_all(
        chosen,
        predictor,
        min_confidence=settings.threshold,
        whole=st.session_state.get("whole", set()),
        progress=lambda done, total: progress.show(
            done / total, f"Reading picture {done + 1} of {total}"
        ),
        previews=len(chosen) <= CARDS,
        read_new=not progress.is_cancelled,
    )
    unread = len(chosen) - len(readings)
    missing = f"{unread} of {len(chosen)} pictures were not read." if unread else ""
    progress.end(missing, "Read the rest")
    if not readings:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{summary(readings)}**", width="stretch")
        _show_downloads(readings)
    if len(chosen) <= CARDS:
        for reading in readings:
            picture_card.show(reading, settings.run, predictor.classifier)
    else:
        table.show(readings, settings, predictor)


def summary(readings: list[Reading]) -> str:
    """How many pictures, faces and unreadable files, as one line."""
    failed = sum(reading.result.error is not None for reading in readings)
    faces = sum(len(reading.result.faces) for reading in readings)
    parts = [formats.counted(len(readings) - failed, "picture"), formats.counted(faces, "face")]
    if failed:
        parts.append(f"{formats.counted(failed, 'file')} could not be read")
    return ", ".join(parts)


def _show_downloads(readings: list[Reading]) -> None:
    """A button for each file; all are made when they are asked for."""
    results = [reading.result for reading in readings]
    for kind, file, make in (
        ("csv", "text/csv", lambda: to_csv(to_frame(results))),
        ("json", "application/json", lambda: to_json(results)),
    ):
        label = f"Download {kind.upper()}"
        st.download_button(label, make, f"faces.{kind}", file, on_click="ignore")
    readable = [reading for reading in readings if reading.result.error is None]
    if readable:
        _annotated_zip(readable)


def _annotated_zip(readings: list[Reading]) -> None:
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
