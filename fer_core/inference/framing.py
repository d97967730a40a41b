"""Cuts a face out of a picture as FER2013 frames faces.

The constants say where each detector's box lies in FER2013's own training images;
`crop_face` inverts them: it takes the square in which the box would lie at that place.
`python -m fer_core bench framing` measures them again and prints them.

Alignment is on because it gains, measured with `compact` after its first phase, on its 2,868
validation images: 66.3 % instead of 65.1 % on images turned by up to 20 degrees, and 66.9 % as
against 67.0 % on the images as they are (`bench framing --alignment`).
"""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.classes import FACE_SIZE
from fer_core.inference.box import Box

MAX_LEVELLING = 45.0  # degrees; beyond, eye points are more often wrong than the head is tilted

OVERSAMPLING = 16
_WARP_LIMIT = 32_766  # pixels of a side up to which OpenCV warps an image


@dataclass(frozen=True)
class Framing:
    """Median place of a detector's box in FER2013's images, as shares of the image's side: its
    centre from the left and from the top, and the side of the square of its area.
    """

    center_x: float
    center_y: float
    size: float


FRAMINGS = {
    "YuNet": Framing(center_x=0.501, center_y=0.515, size=0.916),
    "Haar cascade": Framing(center_x=0.498, center_y=0.493, size=0.975),
}
"""Measured on 2,000 training images, seed 0: YuNet found 98.7 % of the faces, Haar 86.6 %."""


class Cropping(StrEnum):
    """How a face is cut out of a picture."""

    ALIGNED = "aligned"  # framed as FER2013's images, turned until the eyes are level
    UPRIGHT = "upright"  # framed as FER2013's images, not turned
    BOX = "box"  # the square around the detector's box, as many tutorials cut it; for comparison
    WHOLE = "whole"  # the picture's central square without looking for faces, as the report did


def crop(frame_bgr: NDArray[np.uint8], box: Box, how: Cropping) -> NDArray[np.uint8]:
    """The face at `box` of uint8 (h, w, 3), BGR, as uint8 (48, 48), gray."""
    if how is Cropping.WHOLE:
        return whole_picture(frame_bgr)
    if how is Cropping.BOX:
        return cut_square(frame_bgr, box.center, max(box.width, box.height, 1.0), 0.0, (0.5, 0.5))
    return crop_face(frame_bgr, box, level=how is Cropping.ALIGNED)


def crop_face(frame_bgr: NDArray[np.uint8], box: Box, *, level: bool = True) -> NDArray[np.uint8]:
    """The face at `box` of uint8 (h, w, 3), BGR, framed as the training data: uint8 (48, 48), gray.

    It is turned by the box's `turn`, and with `level` until the eyes are level, if the box has
    landmarks and they are less than `MAX_LEVELLING` degrees off. Pixels beyond the picture's edge
    repeat the edge.
    """
    framing = FRAMINGS[box.detector]
    roll = box.roll if level and abs(box.roll) < MAX_LEVELLING else 0.0
    side = max(box.size, 1.0) / framing.size
    share = framing.center_x, framing.center_y
    return cut_square(frame_bgr, box.center, side, roll - box.turn, share)


def cut_square(
    frame_bgr: NDArray[np.uint8],
    anchor: tuple[float, float],
    side: float,
    roll: float,
    anchor_share: tuple[float, float],
) -> NDArray[np.uint8]:
    """A square of uint8 (h, w, 3), BGR, as a gray face, uint8 (48, 48).

    It has `side` pixels, is turned clockwise by `roll` degrees and lies so that the picture's
    point `anchor` (x, y) comes to `anchor_share`, in shares of its side.
    """
    # Shrinking: sample densely, then average, because a warp alone skips pixels.
    factor = int(np.clip(np.ceil(side / FACE_SIZE), 1, OVERSAMPLING))
    size = FACE_SIZE * factor
    scale = side / size
    cos, sin = np.cos(np.radians(roll)) * scale, np.sin(np.radians(roll)) * scale
    turn = np.array([[cos, -sin], [sin, cos]])
    # Pixel centres stand at whole numbers, hence the halves.
    inside = np.array(anchor_share) * size - 0.5
    offset = np.array(anchor) - 0.5 - turn @ inside
    patch = warp(frame_bgr, np.column_stack([turn, offset]), size, cv2.BORDER_REPLICATE)
    gray = cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY)
    if factor > 1:
        gray = cv2.resize(gray, (FACE_SIZE, FACE_SIZE), interpolation=cv2.INTER_AREA)
    return np.asarray(gray, dtype=np.uint8)


def warp(
    frame: NDArray[np.uint8],
    matrix: NDArray[np.float64],
    size: int,
    border: int = cv2.BORDER_CONSTANT,
) -> NDArray[np.uint8]:
    """A square of `size` pixels of `frame`, uint8 (h, w, ...) of any size, resampled linearly.

    The `matrix`, float (2, 3), leads from the square's pixels to the frame's; `border` is
    OpenCV's rule for what lies beyond the frame.
    """
    if max(frame.shape[:2]) > _WARP_LIMIT:
        frame, corner = _around(frame, matrix, size)
        matrix = np.column_stack([matrix[:, :2], matrix[:, 2] - corner])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(frame, matrix, (size, size), flags=flags, borderMode=border)
    return np.asarray(warped, dtype=np.uint8)


def _around(
    frame: NDArray[np.uint8], matrix: NDArray[np.float64], size: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The part of `frame` that a square shows, and its upper left corner (x, y)."""
    corners = np.array([[0, 0, 1], [size, 0, 1], [0, size, 1], [size, size, 1]]) @ matrix.T
    limits = np.array(frame.shape[1::-1])
    low = np.clip(np.floor(corners.min(axis=0)).astype(int) - 2, 0, limits - 1)
    high = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 3, low + 1, limits)
    high = np.minimum(high, low + _WARP_LIMIT)
    return np.ascontiguousarray(frame[low[1] : high[1], low[0] : high[0]]), low


def whole_picture(frame_bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture's central square as a face, uint8 (48, 48)."""
    height, width = frame_bgr.shape[:2]
    return cut_square(frame_bgr, (width / 2, height / 2), min(width, height), 0.0, (0.5, 0.5))
