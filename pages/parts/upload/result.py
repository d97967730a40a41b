"""What was seen in pictures: one in full, or many as a gallery or a table."""

from collections import Counter
from typing import TYPE_CHECKING

import streamlit as st

from fer_core import formats
from pages.parts.shared import pictures
from pages.parts.shared.pictures import Picture, Reading
from pages.parts.upload import batch, brought, downloads, opened, picture_card
from pages.parts.upload.progress import Progress
from pages.parts.upload.settings import ReadingSettings, tell_smallest_face

if TYPE_CHECKING:
    from fer_core.inference.predictor import ImageResult, Predictor

_SECONDS = 1.5
"""Of reading, after which the page shows what there is."""
_REASONS = 5
"""Files whose reason is told at once; the others' are in a box to open."""


def forget() -> None:
    """Removes what was seen in pictures that the visitor has taken away, and their bytes."""
    for key in (pictures.READINGS, opened.READINGS):
        st.session_state.pop(key, None)
    downloads.forget()


def show(chosen: list[Picture], settings: ReadingSettings, predictor: "Predictor") -> None:
    """Reads pictures, shows what was seen in them, and goes on until all are read."""
    keys = tuple(picture.key for picture in chosen)
    opened.keep_only(keys)
    progress = Progress(keys)

    def read(seconds: float) -> list[Reading]:
        return pictures.read_all(
            chosen,
            predictor,
            min_confidence=settings.threshold,
            min_face=settings.min_face,
            whole=picture_card.read_as_whole(),
            progress=lambda done, total: progress.show(
                done / total, f"Reading picture {done + 1} of {total}"
            ),
            previews=len(chosen) == 1,
            seconds=0.0 if progress.is_cancelled or opened.is_open() else seconds,
        )

    readings = read(0.0) or read(_SECONDS)
    unread = len(chosen) - len(readings)
    if unread and not progress.is_cancelled:
        progress.show(len(readings) / len(chosen), f"{len(readings)} of {len(chosen)} are read")
    else:
        missing = f"{unread} of {len(chosen)} pictures were not read." if unread else ""
        progress.end(missing, "Read the rest")
    if readings:
        _show_head(readings, settings)
        if len(chosen) == 1:
            picture_card.show(readings[0], settings, predictor)
        else:
            batch.show(readings, settings, predictor)
    if unread and not progress.is_cancelled and not opened.is_open():
        read(_SECONDS)
        st.rerun()


def summary(readings: list[Reading]) -> str:
    """How many pictures, faces and unreadable files, as one line; of one picture its name."""
    failed = sum(reading.result.error is not None for reading in readings)
    if failed == len(readings):
        return f"{formats.counted(failed, 'file')} could not be read"
    faces = sum(len(reading.result.faces) for reading in readings)
    if len(readings) == 1 and not failed:
        seen = f": {_answers(readings[0].result)}" if faces > 1 else ""
        name = pictures.plain(readings[0].picture.name)
        return f"{name}, {formats.counted(faces, 'face')}{seen}"
    parts = [formats.counted(len(readings) - failed, "picture"), formats.counted(faces, "face")]
    if failed:
        parts.append(f"{formats.counted(failed, 'file')} could not be read")
    return ", ".join(parts)


def _answers(result: "ImageResult") -> str:
    """How many faces got each answer, the most frequent first: `22 happy, 2 not sure`."""
    counted = Counter(face.answer for face in result.faces)
    return ", ".join(f"{count:,} {answer}" for answer, count in counted.most_common())


def _show_head(readings: list[Reading], settings: ReadingSettings) -> None:
    """What there is in a line, what to do with it, and what could not be read."""
    with st.container(horizontal=True, vertical_alignment="center", key="result-head"):
        st.markdown(f"**{summary(readings)}**", width="stretch")
        if brought.can_be_added_to():
            st.checkbox(
                "Add files to these",
                key=brought.ADD,
                help="Files that come next are added to what is here, instead of taking its place.",
            )
        if any(reading.result.error is None for reading in readings):
            downloads.offer(readings)
    searched = [
        reading.result
        for reading in readings
        if reading.result.error is None and reading.picture.key not in picture_card.read_as_whole()
    ]
    if settings.min_face is not None and searched:
        sizes = {(result.height, result.width) for result in searched}
        least = max(pictures.smallest_face(size, settings.min_face) for size in sizes)
        tell_smallest_face(
            settings, least, "" if len(readings) == 1 else " in the largest pictures"
        )
    reasons = [reading.result.error for reading in readings if reading.result.error]
    if reasons:
        st.error("  \n".join(pictures.plain(reason) for reason in reasons[:_REASONS]))
    if len(reasons) > _REASONS:
        with st.expander(f"{len(reasons) - _REASONS} more that could not be read"):
            st.markdown("\n".join(f"- {pictures.plain(reason)}" for reason in reasons[_REASONS:]))
