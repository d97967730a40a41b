"""Draws faces and their emotions: `annotate` on still pictures, `draw_face` on live video.

A box has its class's colour between two dark lines and so shows on any background; labels
are dark on white. Stills are drawn with Pillow. In live video lines are OpenCV's, and each
label is set in type once and then copied, which takes well under a millisecond a face.
"""

from collections.abc import Iterator
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFont

from fer_core.classes import CLASS_COLORS
from fer_core.inference.box import Box
from fer_core.inference.results import FacePrediction, ImageResult

Color = tuple[int, int, int]
Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom."""

_TEXT, _PAPER, _UNSURE, _MARGIN = "#14171C", "#FFFFFF", "#7D8794", "#E3E6EA"
_LETTERS = 1 / 45  # height of letters as a share of the picture's longer side
_FEW_FACES = (3, 1 / 30)  # up to so many faces letters are larger, for a picture shown small
_READABLE = 11  # pixels of the smallest letters
_SMALL = 320  # pixels of the longer side up to which a picture is enlarged
_LIVE_PAD = 4


def annotate(frame_bgr: NDArray[np.uint8], result: ImageResult) -> NDArray[np.uint8]:
    """A copy of the picture, uint8 (h, w, 3), BGR, with a box and a label for each face of the
    `result` that was made from it, sized with the picture; several faces are numbered.

    A label stands beside its box and hides no other face where there is room. A picture too
    small for that is enlarged by a whole factor and gets a margin on top. The picture may be
    shrunk: its boxes are then as well.
    """
    result = result.scaled_to(frame_bgr.shape[1], frame_bgr.shape[0])
    pixels, factor, margin = _with_room(np.ascontiguousarray(frame_bgr[:, :, ::-1]))
    image = Image.fromarray(pixels)
    draw = ImageDraw.Draw(image)
    line = _line_width(image.size)
    share = _FEW_FACES[1] if len(result.faces) <= _FEW_FACES[0] else _LETTERS
    # A strip of pixels gets small letters: large ones would take gigabytes.
    letters = max(_READABLE, round(min(max(image.size) * share, min(image.size) / 4)))
    font = _font(_READABLE if margin else letters)
    inside = (0, margin, image.width, image.height)
    boxes = [_clipped(face.box, factor, inside) for face in result.faces]
    for face, box in zip(result.faces, boxes, strict=True):
        if box is not None:
            _draw_box(draw, box, _color(face), line)
    labels: list[Rectangle] = []
    for index, (face, box) in enumerate(zip(result.faces, boxes, strict=True)):  # over all boxes
        number = face.number or (index + 1 if len(boxes) > 1 else None)
        text = _fitting(draw, font, image.width, face, number)
        others = [other for other in boxes if other is not None and other is not box]
        labels.append(_draw_label(draw, text, font, line, _color(face), box, others, labels))
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


def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size=size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # as every Pillow from PyPI has it
    return font


def _line_width(size: tuple[int, int]) -> int:
    return max(2, round(min(max(size) / 300, min(size) / 30)))


def _with_room(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int, int]:
    """The picture, enlarged where it is small; the factor; and the height of its margin on top."""
    height, width = rgb.shape[:2]
    factor = -(-_SMALL // max(height, width))
    if factor == 1:
        return rgb, 1, 0
    margin = 2 * _READABLE
    canvas = np.empty((margin + factor * height, factor * width, 3), np.uint8)
    canvas[:margin] = ImageColor.getrgb(_MARGIN)
    canvas[margin:] = rgb.repeat(factor, axis=0).repeat(factor, axis=1)
    return canvas, factor, margin


def _clipped(box: Box | None, factor: int, inside: Rectangle) -> Rectangle | None:
    """The part of `box` that is in the enlarged picture, which lies `inside` its canvas."""
    if box is None:
        return None
    left, top, right, bottom = (factor * value for value in box.xyxy)
    return (
        max(left, inside[0]),
        max(top + inside[1], inside[1]),
        min(right, inside[2] - 1),
        min(bottom + inside[1], inside[3] - 1),
    )


def _label_place(
    corner: tuple[float, float], label: tuple[float, float], size: tuple[int, int]
) -> tuple[float, float]:
    """Above the box where there is room, else inside its upper edge; always in the picture."""
    (left, top), (width, height) = corner, label
    y = top - height if top >= height else top
    return min(max(left, 0), max(size[0] - width, 0)), min(max(y, 0), max(size[1] - height, 0))


def _beside(
    box: Rectangle, label: tuple[float, float], size: tuple[int, int]
) -> Iterator[Rectangle]:
    """Places for a label outside its box and inside the picture, the better one first."""
    left, top, right, bottom = box
    width, height = label
    for x, y in (
        (left, top - height),
        (left, bottom),
        (right - width, top - height),
        (right - width, bottom),
        (right, top),
        (left - width, top),
    ):
        if 0 <= x <= size[0] - width and 0 <= y <= size[1] - height:
            yield x, y, x + width, y + height


def _overlap(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _color(face: FacePrediction) -> str:
    """Of its class; white where it gets no answer."""
    return _PAPER if face.unsure else CLASS_COLORS[face.label]


def _bgr(color: str) -> Color:
    red, green, blue = ImageColor.getrgb(color)[:3]
    return blue, green, red


def _draw_box(draw: ImageDraw.ImageDraw, box: Rectangle, color: str, line: int) -> None:
    left, top, right, bottom = box
    thin = max(1, line // 3)
    for inset, stroke, width in ((-thin, _TEXT, thin), (0, color, line), (line, _TEXT, thin)):
        corners = left + inset, top + inset, right - inset, bottom - inset
        if corners[2] > corners[0] and corners[3] > corners[1]:
            draw.rectangle(corners, outline=stroke, width=width)


def _fitting(
    draw: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont,
    width: int,
    face: FacePrediction,
    number: int | None,
) -> str:
    """Number, answer and confidence; less of it where that is wider than the picture."""
    numbered = f"{number} " if number is not None else ""
    texts = (
        f"{numbered}{face.named} {100 * face.confidence:.0f} %",
        f"{numbered}{face.answer}",
        numbered.strip() or face.answer[:3],
    )
    room = width - font.size  # its frame included
    return next((text for text in texts if draw.textlength(text, font=font) <= room), texts[-1])


def _draw_label(
    draw: ImageDraw.ImageDraw,
    text: str,
    font: ImageFont.FreeTypeFont,
    line: int,
    color: str,
    box: Rectangle | None,
    others: list[Rectangle],
    labels: list[Rectangle],
) -> Rectangle:
    """Draws `text` beside `box`, off the `others` and the `labels` before it where there is room;
    returns its place.
    """
    size = draw.im.size
    pad = max(2, min(line, int(font.size) // 3))
    x0, _, x1, _ = draw.textbbox((0, 0), text, font=font)
    _, y0, _, y1 = draw.textbbox((0, 0), "Hg%", font=font)  # equal height for all
    label = x1 - x0 + 2 * pad, y1 - y0 + 2 * pad
    x, y = _label_place((0.0, 0.0) if box is None else box[:2], label, size)
    place = x, y, x + label[0], y + label[1]
    if box is not None:
        beside = list(_beside(box, label, size))
        for taken in (others + labels, labels):
            free = [spot for spot in beside if not any(_overlap(spot, other) for other in taken)]
            if free:
                place = free[0]
                break
    draw.rectangle(place, _PAPER, color, width=max(1, line // 2))
    draw.text((place[0] + pad - x0, place[1] + pad - y0), text, _TEXT, font=font)
    return place


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
    font = _font(size)
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
