"""Turns a decoded frame into the picture that a player shows: upright, with square pixels,
without comb lines and in the brightness of an ordinary screen.

Only NumPy and PyAV are used: the decoding process has little memory for more.
"""

import struct
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PIXEL_SHAPES = (Fraction(1, 5), Fraction(5))  # what lies beyond is a damaged file
_PQ = 16  # FFmpeg's number of the transfer curve of HDR10 and Dolby Vision (SMPTE ST 2084)
_WHITE, _PEAK = 203.0, 1000.0  # candelas per square metre of white (ITU-R BT.2408) and highlights


def pixel_shape(value: Any) -> Fraction:
    """Width of a pixel over its height, as a file says it; 1 where it says nothing or nonsense."""
    if value and _PIXEL_SHAPES[0] <= value <= _PIXEL_SHAPES[1]:
        return Fraction(value)
    return Fraction(1)


def shown_size(width: int, height: int, shape: Fraction) -> tuple[int, int]:
    """Width and height with square pixels, before turning; never less than what is stored, as
    browsers do it.
    """
    if shape >= 1:
        return round(width * shape), height
    return width, round(height / shape)


def shown(frame: Any, shape: Fraction) -> NDArray[np.uint8]:
    """A frame of PyAV as it is shown: uint8 (h, w, 3), BGR."""
    width, height = shown_size(frame.width, frame.height, shape)
    matrix = _matrix(frame)
    if frame.interlaced_frame:
        frame = _one_field(frame)
    pixels: NDArray[np.uint8] = frame.to_ndarray(
        format="bgr24", width=width, height=height, threads=1
    )
    if frame.color_trc == _PQ:
        pixels = _PQ_TO_SCREEN[pixels]
    return np.ascontiguousarray(_upright(pixels, matrix))


def _one_field(frame: Any) -> Any:
    """The frame's first, third ... line, with means between them: the other lines were taken at
    another moment.
    """
    import av

    pixels = frame.to_ndarray(format="bgr24", threads=1)
    below = np.concatenate([pixels[2::2], pixels[-2:][:1]]).astype(np.uint16)
    between = pixels[1::2]
    between[:] = (pixels[::2][: len(between)] + below[: len(between)]) // 2
    made = av.VideoFrame.from_ndarray(pixels, format="bgr24")
    made.color_trc = frame.color_trc
    return made


def _matrix(frame: Any) -> tuple[int, ...] | None:
    """The display matrix's four numbers that turn and mirror, or None."""
    from av.sidedata.sidedata import Type

    data = frame.side_data.get(Type.DISPLAYMATRIX)
    if data is None:
        return None
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(data))
    return a, b, c, d


def _upright(pixels: NDArray[np.uint8], matrix: tuple[int, ...] | None) -> NDArray[np.uint8]:
    """Turned and mirrored as the matrix says, to the nearest quarter: the pixel (x, y) is shown at
    (a x + c y, b x + d y).
    """
    if matrix is None or not any(matrix):
        return pixels
    a, b, c, d = matrix
    if abs(a) + abs(d) < abs(b) + abs(c):
        pixels = pixels.swapaxes(0, 1)
        a, d = c, b
    return pixels[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]


def _pq_to_screen() -> NDArray[np.uint8]:
    """What an ordinary screen shows for each 8-bit value of the PQ curve: highlights are rolled
    off (E. Reinhard et al., "Photographic Tone Reproduction for Digital Images", 2002, eq. 4).
    """
    value = (np.arange(256) / 255) ** (1 / 78.84375)
    light = np.maximum(value - 0.8359375, 0) / (18.8515625 - 18.6875 * value)
    light = 10_000 * light ** (1 / 0.1593017578125) / _WHITE
    mapped = light * (1 + light / (_PEAK / _WHITE) ** 2) / (1 + light)
    return np.round(255 * np.clip(mapped, 0, 1) ** (1 / 2.2)).astype(np.uint8)


_PQ_TO_SCREEN = _pq_to_screen()
