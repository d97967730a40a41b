"""What was read in pictures: a card for each, or a table where there are many."""

from typing import TYPE_CHECKING

import streamlit as st

from fer_core import formats
from pages.parts.shared import pictures
from pages.parts.shared.pictures import Picture, Reading
from pages.parts.upload import downloads, picture_card, table
from pages.parts.upload.progress import Progress
from pages.parts.upload.settings import ReadingSettings

if TYPE_CHECKING:
    from fer_core.inference.predictor import Predictor

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
        downloads.show(readings)
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
