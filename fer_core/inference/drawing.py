"""Draws faces and their emotions: `annotate` on still pictures, `draw_face` on live video.

A box has its class's colour between two dark lines and so shows on any background; labels
are dark on white. Stills are drawn with Pillow. In live video lines are OpenCV's, and each
label is set in type once and then copied, which takes well under a millisecond a face.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFont

from fer_core.classes import CLASS_COLORS
from fer_core.inference.box import Box
from fer_core.inference.results import FacePrediction, ImageResult

Color = tuple[int, int, int]

_TEXT, _PAPER, _UNSURE = "#14171C", "#FFFFFF", "#7D8794"
_LETTERS = 1 / 45  # height of letters as a share of the picture's longer side
_FEW_FACES = (3, 1 / 30)  # up to so many faces letters are larger, for a picture shown small
_LIVE_PAD = 4


def annotate(frame_bgr: NDArray[np.uint8], result: ImageResult) -> NDArray[np.uint8]:
    """A copy of the picture, uint8 (h, w, 3), BGR, with a box and a label for each face of the
    `result` that was made from it, sized with the picture; a face without a box is labelled in
    the corner.
    """
    image = Image.fromarray(np.ascontiguousarray(frame_bgr[:, :, ::-1]))
    draw = ImageDraw.Draw(image)
    line = _line_width(image.size)
    share = _FEW_FACES[1] if len(result.faces) <= _FEW_FACES[0] else _LETTERS
    # A strip of pixels gets small letters: large ones would take gigabytes.
    letters = max(11, round(min(max(image.size) * share, min(image.size) / 4)))
    font = ImageFont.load_default(size=letters)
    for face in result.faces:
        if face.box is not None:
            _draw_box(draw, face.box.xyxy, _color(face), line)
    for face in result.faces:  # labels last, so that no box crosses one
        _draw_label(draw, face, image.size, font, line)
    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1])


def draw_face(frame_bgr: NDArray[np.uint8], box: Box, text: str, label: str, share: float) -> None:
    """Draws one face of live video, in place, into uint8 (h, w, 3), BGR, contiguous.

    Over the box stands `text` (ASCII), in the colour of the class `label` or, for any other
    word, in gray; the bar under it is filled up to `share`, 0-1.
    """
    height, width = frame_bgr.shape[:2]
    line = _line_width((width, height))
    color = _bgr(CLASS_COLORS.get(label, _UNSURE))
    left, top, right, bottom = (round(value) for value in box.xyxy)
    cv2.rectangle(frame_bgr, (left, top), (right, bottom), _bgr(_TEXT), line + 2)
    cv2.rectangle(frame_bgr, (left, top), (right, bottom), color, line)
    _draw_bar(frame_bgr, (left, right), bottom, color, share, 3 * line)
    patch = _typeset(text, max(12, round(max(height, width) / 42)), color)
    x, y = _label_place((left, top), (patch.shape[1], patch.shape[0]), (width, height))
    part = patch[: height - round(y), : width - round(x)]
    frame_bgr[round(y) : round(y) + part.shape[0], round(x) : round(x) + part.shape[1]] = part


def _line_width(size: tuple[int, int]) -> int:
    return max(2, round(min(max(size) / 300, min(size) / 30)))


def _label_place(
    corner: tuple[float, float], label: tuple[float, float], size: tuple[int, int]
) -> tuple[float, float]:
    """Above the box where there is room, else inside its upper edge; always in the picture."""
    (left, top), (width, height) = corner, label
    y = top - height if top >= height else top
    return min(max(left, 0), max(size[0] - width, 0)), min(max(y, 0), max(size[1] - height, 0))


def _color(face: FacePrediction) -> str:
    """Of its class; white where it gets no answer."""
    return _PAPER if face.unsure else CLASS_COLORS[face.label]


def _bgr(color: str) -> Color:
    red, green, blue = ImageColor.getrgb(color)[:3]
    return blue, green, red


def _draw_box(
    draw: ImageDraw.ImageDraw, xyxy: tuple[float, float, float, float], color: str, line: int
) -> None:
    left, top, right, bottom = xyxy
    thin = max(1, line // 3)
    for inset, stroke, width in ((-thin, _TEXT, thin), (0, color, line), (line, _TEXT, thin)):
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
    text = f"{face.answer} {face.confidence:.0%}"
    if face.number is not None:
        text = f"{face.number}: {text}"
    pad = max(2, line)
    x0, y0, x1, y1 = draw.textbbox((0, 0), text, font=font)
    width, height = x1 - x0 + 2 * pad, y1 - y0 + 2 * pad
    corner = (0.0, 0.0) if face.box is None else face.box.xyxy[:2]
    x, y = _label_place(corner, (width, height), size)
    draw.rectangle((x, y, x + width, y + height), _PAPER, _color(face), width=max(1, line // 2))
    draw.text((x + pad - x0, y + pad - y0), text, _TEXT, font=font)


def _draw_bar(
    frame_bgr: NDArray[np.uint8],
    span: tuple[int, int],
    bottom: int,
    color: Color,
    share: float,
    thickness: int,
) -> None:
    """Under the box where there is room, else inside its lower edge."""
    left, right = span
    top = bottom + 3
    if top + thickness >= frame_bgr.shape[0]:
        top = bottom - thickness - 3
    end = left + round((right - left) * min(max(share, 0.0), 1.0))
    cv2.rectangle(frame_bgr, (left, top), (right, top + thickness), _bgr(_PAPER), cv2.FILLED)
    cv2.rectangle(frame_bgr, (left, top), (end, top + thickness), color, cv2.FILLED)
    cv2.rectangle(frame_bgr, (left, top), (right, top + thickness), _bgr(_TEXT), 1)


@lru_cache(maxsize=2048)
def _typeset(text: str, size: int, color: Color) -> NDArray[np.uint8]:
    """`text` dark on white in a frame of `color`, uint8 (h, w, 3), BGR, read-only."""
    font = ImageFont.load_default(size=size)
    ruler = ImageDraw.Draw(Image.new("L", (1, 1)))
    x0, _, x1, _ = ruler.textbbox((0, 0), text, font=font)
    _, y0, _, y1 = ruler.textbbox((0, 0), "Hg%", font=font)  # equal height for all
    pad = _LIVE_PAD
    image = Image.new("RGB", (round(x1 - x0) + 2 * pad, round(y1 - y0) + 2 * pad), _PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((pad - x0, pad - y0), text, _TEXT, font=font)
    draw.rectangle((0, 0, image.width - 1, image.height - 1), outline=color[::-1], width=2)
    patch = np.ascontiguousarray(np.asarray(image)[:, :, ::-1])
    patch.setflags(write=False)
    return patch
