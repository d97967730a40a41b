"""Draws faces and their emotions onto a picture."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from fer_core.classes import CLASS_COLORS
from fer_core.inference.results import FacePrediction, ImageResult

_TEXT = "#14171C"
_PAPER = "#FFFFFF"
_LETTERS = 1 / 45
"""Height of letters as a share of the picture's longer side."""
_FEW_FACES = (3, 1 / 30)
"""Up to so many faces letters are larger, to be read on a picture shown small."""


def annotate(frame_bgr: NDArray[np.uint8], result: ImageResult) -> NDArray[np.uint8]:
    """A copy of the picture with a box and a label for each face.

    Lines and letters grow with the picture. A box has its class's colour between two
    dark lines and so shows on any background; labels are dark on white.

    Args:
        frame_bgr: uint8 (h, w, 3), BGR, the picture that `result` was made from.
        result: its faces; those without a box are labelled in the corner.

    Returns:
        uint8 (h, w, 3), BGR.
    """
    image = Image.fromarray(np.ascontiguousarray(frame_bgr[:, :, ::-1]))
    draw = ImageDraw.Draw(image)
    line = max(2, round(max(image.size) / 300))
    share = _FEW_FACES[1] if len(result.faces) <= _FEW_FACES[0] else _LETTERS
    font = ImageFont.load_default(size=max(11, round(max(image.size) * share)))
    for face in result.faces:
        if face.box is not None:
            _draw_box(draw, face.box.xyxy, _color(face), line)
    for face in result.faces:  # labels last, so that no box crosses one
        _draw_label(draw, face, image.size, font, line)
    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1])


def _color(face: FacePrediction) -> str:
    """Of its class; white where it gets no answer."""
    return _PAPER if face.unsure else CLASS_COLORS[face.label]


def _draw_box(
    draw: ImageDraw.ImageDraw, xyxy: tuple[float, float, float, float], color: str, line: int
) -> None:
    left, top, right, bottom = xyxy
    thin = max(1, line // 3)
    for inset, stroke, width in (
        (-thin, _TEXT, thin),
        (0, color, line),
        (line, _TEXT, thin),
    ):
        corners = left + inset, top + inset, right - inset, bottom - inset
        if corners[2] > corners[0] and corners[3] > corners[1]:
            draw.rectangle(corners, outline=stroke, width=width)


def _draw_label(
    draw: ImageDraw.ImageDraw,
    face: FacePrediction,
    size: tuple[int, int],
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    line: int,
) -> None:
    """Above the box where there is room, else inside its upper edge; always in the picture."""
    text = f"{face.answer} {face.confidence:.0%}"
    if face.number is not None:
        text = f"{face.number}: {text}"
    pad = max(2, line)
    x0, y0, x1, y1 = draw.textbbox((0, 0), text, font=font)
    width, height = x1 - x0 + 2 * pad, y1 - y0 + 2 * pad
    left, top = (0.0, 0.0) if face.box is None else face.box.xyxy[:2]
    x = min(max(left, 0), max(size[0] - width, 0))
    y = top - height if top >= height else top
    y = min(max(y, 0), max(size[1] - height, 0))
    draw.rectangle((x, y, x + width, y + height), _PAPER, _color(face), width=max(1, line // 2))
    draw.text((x + pad - x0, y + pad - y0), text, _TEXT, font=font)
