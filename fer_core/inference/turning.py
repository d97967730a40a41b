"""Pictures turned by 90, 180 and 270 degrees, and what was found in them."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fer_core.inference.box import Box

TURNS = (90, 180, 270)
"""Degrees clockwise that a picture may have to be turned; upright is 0."""


def turned(picture: NDArray[np.uint8], degrees: int) -> NDArray[np.uint8]:
    """`picture`, uint8 (h, w, ...), turned clockwise by a multiple of 90 degrees."""
    return np.ascontiguousarray(np.rot90(picture, -degrees // 90))


def turned_back(boxes: Iterable[Box], degrees: int, size: tuple[int, int]) -> list[Box]:
    """Boxes of a picture that was turned clockwise by `degrees`, in pixels of the picture before,
    whose (height, width) is `size`; each keeps in `turn` how it was found.
    """
    return [_turned_back(box, degrees, *size) for box in boxes] if degrees else list(boxes)


def _turned_back(box: Box, degrees: int, height: int, width: int) -> Box:
    corners = _points(np.reshape(box.xyxy, (2, 2)), degrees, height, width)
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    landmarks = box.landmarks
    if landmarks is not None:
        landmarks = _points(landmarks, degrees, height, width).astype(np.float32)
    xyxy = float(left), float(top), float(right), float(bottom)
    return replace(box, xyxy=xyxy, landmarks=landmarks, turn=(box.turn + degrees) % 360)


def _points(
    points: NDArray[np.floating], degrees: int, height: int, width: int
) -> NDArray[np.floating]:
    """Points (x, y) of the turned picture in the picture before."""
    x, y = points.T
    before = {90: (y, height - x), 180: (width - x, height - y), 270: (width - y, x)}
    return np.stack(before[degrees], axis=1)
