"""A picture with a box over each face: numbered where there are several, which can be clicked.

A component of the page that lays the boxes over the picture, so nothing is painted into it and
numbers stay readable at any size; its texts are put in as text, never as HTML.
"""

import base64
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_COLORS
from fer_core.inference.results import FacePrediction, ImageResult
from pages.parts.shared.pictures import Reading

_PARTS = {
    kind: Path(__file__).with_suffix(f".{kind}").read_text(encoding="utf-8")
    for kind in ("html", "css", "js")
}
_PLACE = "<style>.st-key-boxes-stage { --ratio: %.4f; }</style>"
"""By which style.css keeps the picture's place until the component has come."""
_UNSURE = "#FFFFFF"
_SMALL = 320
"""Pixels of the longer side under which a picture is shown with hard pixels."""


def show(
    reading: Reading,
    *,
    key: str,
    chosen: int = 0,
    on_choose: Callable[[int], object] | None = None,
) -> None:
    """Draws the picture of a reading that has a preview.

    Args:
        reading: picture and faces.
        key: unique on the page.
        chosen: index of the face that is marked, of several.
        on_choose: called with the index of a face that was clicked, before the page is run.
    """
    assert reading.preview is not None
    result = reading.result

    def tell() -> None:
        face = st.session_state[key]["face"]
        if on_choose is not None and isinstance(face, int) and 0 <= face < len(result.faces):
            on_choose(face)

    component = st.components.v2.component("fer_boxes", **_PARTS)
    with st.container(key="boxes-stage"):
        st.html(_PLACE % (result.width / result.height))
        component(
            key=key,
            on_face_change=tell,
            data={
                "jpeg": base64.b64encode(reading.preview).decode(),
                "alt": alt(reading),
                "ratio": result.width / result.height,
                "small": max(result.width, result.height) < _SMALL,
                "chosen": chosen,
                "faces": [
                    place(face, result) | {"words": f"Face {number}: {words(face)}"}
                    for number, face in enumerate(result.faces, start=1)
                    if face.box is not None
                ],
            },
        )


def words(face: FacePrediction) -> str:
    """`happy 90.1 %`, or `not sure (sad) 31.9 %`."""
    return f"{face.named} {formats.percent(face.confidence)}"


def alt(reading: Reading) -> str:
    """The picture and its faces in words."""
    found = [face.answer for face in reading.result.faces]
    if not found:
        return f"{reading.picture.name}, no face found"
    boxed = "boxes around" if reading.result.faces[0].box is not None else "read as"
    count = formats.counted(len(found), "face")
    return f"{reading.picture.name}, {boxed} {count}: {', '.join(found)}"


def place(face: FacePrediction, result: ImageResult) -> dict[str, float | str]:
    """The part of the box that is in the picture, in percent of it, and the box's colour."""
    assert face.box is not None
    left, top, right, bottom = face.box.xyxy
    left, right = (100 * min(max(x / result.width, 0.0), 1.0) for x in (left, right))
    top, bottom = (100 * min(max(y / result.height, 0.0), 1.0) for y in (top, bottom))
    return {
        "left": left,
        "top": top,
        "width": right - left,
        "height": bottom - top,
        "color": _UNSURE if face.unsure else CLASS_COLORS[face.label],
    }
