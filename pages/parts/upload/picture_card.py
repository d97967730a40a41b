"""One picture that was read: its numbered boxes, a chosen face's verdict, and what is behind it."""

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from fer_core import formats
from fer_core.inference.results import FacePrediction, ImageResult
from fer_core.inference.search import MIN_FACE, smallest_face
from fer_core.runs.store import Run
from pages.parts.shared import boxes, faces, frame, pictures
from pages.parts.shared.pictures import Picture, Reading
from pages.parts.upload import behind
from pages.parts.upload.settings import ReadingSettings

if TYPE_CHECKING:
    from fer_core.inference.predictor import Predictor

_WHOLE = "whole"
_IN_VIEW, _LIST_HEIGHT = 9, 132
"""Faces up to which all are listed at once; the list of more has this height and scrolls."""


def read_as_whole() -> set[str]:
    """Keys of the pictures that the visitor wants read as one face."""
    keys: set[str] = st.session_state.setdefault(_WHOLE, set())
    return keys


@frame.fragment
def show(reading: Reading, settings: ReadingSettings, predictor: "Predictor") -> None:
    """The chosen face's verdict; under it the picture at the left, and bars and what is behind them
    at the right.
    """
    picture, result, run = reading.picture, reading.result, settings.run
    if result.error is not None or reading.preview is None:
        return  # the reason stands above
    verdict = st.container()  # above both, so that it is the first thing on a phone
    left, right = st.columns([5, 6], gap="medium")
    place = left.container()
    if not result.faces:
        with place:
            boxes.show(reading, key=f"boxes-{picture.key}")
        with verdict:
            _show_no_face(picture, result, settings.min_face)
        return
    choice = f"face-{picture.key}"
    many = len(result.faces) > _IN_VIEW
    with left.container(height=_LIST_HEIGHT if many else "content", border=False):
        index = _choose_face(result.faces, choice)
    with place:
        boxes.show(
            reading,
            key=f"boxes-{picture.key}",
            chosen=index,
            on_choose=partial(st.session_state.__setitem__, choice),
        )
    face = result.faces[index]
    with verdict:
        count = len(result.faces)
        _show_verdict(face, run, f", face {index + 1} of {count}" if count > 1 else "")
    with right:
        faces.emotion_bars(face.probabilities)
        st.caption(_read_by(reading, face, run))
        if picture.key in read_as_whole() and not settings.is_whole:
            _offer_search(picture)
        behind.show(face, run, predictor, f"{picture.key}-{index}")


def _choose_face(found: tuple[FacePrediction, ...], key: str) -> int:
    """Index of the face to show; asks only where there are several."""
    if len(found) == 1:
        return 0
    st.session_state.setdefault(key, 0)  # which a click on a box sets too
    index = st.pills(
        "Faces, the largest first",
        range(len(found)),
        required=True,
        format_func=lambda index: f"{index + 1} {boxes.words(found[index])}",
        key=key,
        wrap=True,
    )
    return min(index or 0, len(found) - 1)


def _show_verdict(face: FacePrediction, run: Run, which: str) -> None:
    """The answer in large type, and after it of `which` face it is."""
    label = f"{face.label} " if face.unsure else ""
    faces.verdict(face.answer, f"{label}{formats.percent(face.confidence)}{which}")
    if face.unsure:
        least = formats.percent(run.config.abstain_below or 0.0)
        st.caption(f"This model gives an answer from {least} on.")


def _read_by(reading: Reading, face: FacePrediction, run: Run) -> str:
    if face.box is None:
        found = "the whole picture was read as one face"
    else:
        found = reading.result.detector
        if face.box.measured_confidence is not None:
            found += f", detection confidence {formats.percent(face.box.measured_confidence)}"
    turn = f" The picture was turned by {face.turn} degrees to read it." if face.turn else ""
    told = "".join(f" {text}" for text in (reading.result.note, reading.picture.source) if text)
    return f"Model {frame.run_name(run)}; {found}.{turn}{told}"


def _show_no_face(picture: Picture, result: ImageResult, min_face: float | None) -> None:
    st.markdown("**No face found.**")
    whole = "read the whole picture as one face if it shows little else."
    if result.detector == "YuNet":  # Haar gives no confidence to hold against a threshold
        size = result.height, result.width
        least = pictures.smallest_face(size, min_face) if min_face else smallest_face(size)
        lower = "this or " if pictures.smallest_face(size, MIN_FACE) < least else ""
        st.write(
            f"Faces from {least:.0f} pixels on were looked for. Lower {lower}the detection "
            f"threshold under Model and framing, or {whole}"
        )
    else:
        st.write(whole.capitalize())
    if st.button("Read the whole picture as a face", key=f"whole-{picture.key}"):
        read_as_whole().add(picture.key)
        st.rerun()


def _offer_search(picture: Picture) -> None:
    if st.button("Look for faces again", key=f"search-{picture.key}"):
        read_as_whole().discard(picture.key)
        st.rerun()
