"""Draws faces onto live video, quickly: a box, a label and a bar of its probability.

`drawing.annotate` draws stills with Pillow; here lines are OpenCV's, and each label is
set in type once and then copied, which together takes well under a millisecond a face.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from fer_core.classes import CLASS_COLORS
from fer_core.inference.box import Box

_DARK = (28, 23, 20)
_PAPER = (255, 255, 255)
_UNSURE = (148, 135, 125)
_PAD = 4


def draw_face(frame_bgr: NDArray[np.uint8], box: Box, text: str, label: str, share: float) -> None:
    """Draws one face into `frame_bgr`.

    The box has the class's colour between two dark lines and so shows on any background.
    The bar under it is filled up to `share`.

    Args:
        frame_bgr: uint8 (h, w, 3), BGR, contiguous; changed in place.
        box: where the face stands in it.
        text: to write over the box; ASCII.
        label: the class whose colour is used; any other word is drawn gray.
        share: probability of the class, 0-1.
    """
    height, width = frame_bgr.shape[:2]
    line = max(2, round(max(height, width) / 300))
    color = _bgr(CLASS_COLORS[label]) if label in CLASS_COLORS else _UNSURE
    left, top, right, bottom = (round(value) for value in box.xyxy)
    cv2.rectangle(frame_bgr, (left, top), (right, bottom), _DARK, line + 2)
    cv2.rectangle(frame_bgr, (left, top), (right, bottom), color, line)
    _draw_bar(frame_bgr, (left, right), bottom, color, share, 3 * line)
    patch = _typeset(text, max(12, round(max(height, width) / 42)), color)
    x = min(max(left, 0), max(width - patch.shape[1], 0))
    y = top - patch.shape[0] if top >= patch.shape[0] else top
    y = min(max(y, 0), max(height - patch.shape[0], 0))
    part = patch[: height - y, : width - x]
    frame_bgr[y : y + part.shape[0], x : x + part.shape[1]] = part


def _draw_bar(
    frame_bgr: NDArray[np.uint8],
    span: tuple[int, int],
    bottom: int,
    color: tuple[int, int, int],
    share: float,
    thickness: int,
) -> None:
    """Under the box where there is room, else inside its lower edge."""
    left, right = span
    top = bottom + 3
    if top + thickness >= frame_bgr.shape[0]:
        top = bottom - thickness - 3
    end = left + round((right - left) * min(max(share, 0.0), 1.0))
    cv2.rectangle(frame_bgr, (left, top), (right, top + thickness), _PAPER, cv2.FILLED)
    cv2.rectangle(frame_bgr, (left, top), (end, top + thickness), color, cv2.FILLED)
    cv2.rectangle(frame_bgr, (left, top), (right, top + thickness), _DARK, 1)


@lru_cache(maxsize=2048)
def _typeset(text: str, size: int, color: tuple[int, int, int]) -> NDArray[np.uint8]:
    """`text` dark on white in a frame of `color`, uint8 (h, w, 3), BGR, read-only."""
    font = ImageFont.load_default(size=size)
    ruler = ImageDraw.Draw(Image.new("L", (1, 1)))
    x0, _, x1, _ = ruler.textbbox((0, 0), text, font=font)
    _, y0, _, y1 = ruler.textbbox((0, 0), "Hg%", font=font)  # equal height for all
    image = Image.new("RGB", (round(x1 - x0) + 2 * _PAD, round(y1 - y0) + 2 * _PAD), "white")
    draw = ImageDraw.Draw(image)
    draw.text((_PAD - x0, _PAD - y0), text, _DARK[::-1], font=font)
    draw.rectangle((0, 0, image.width - 1, image.height - 1), outline=color[::-1], width=2)
    patch = np.ascontiguousarray(np.asarray(image)[:, :, ::-1])
    patch.setflags(write=False)
    return patch


def _bgr(color: str) -> tuple[int, int, int]:
    """`#RRGGBB` in OpenCV's order."""
    return int(color[5:7], 16), int(color[3:5], 16), int(color[1:3], 16)
