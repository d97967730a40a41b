"""Where and at which sizes a picture is searched for faces.

A detector finds faces that have enough pixels, and not too many, in what it is given. So a
picture is searched as a whole at `COARSE` pixels, and a larger one again at a size at which
smaller faces have enough; if that is large, in tiles that overlap.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import dist

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.inference.box import Box

Find = Callable[[NDArray[np.uint8]], list[Box]]
"""The faces of uint8 (h, w, 3), BGR, in its pixels."""

COARSE = 640  # pixels of the long side in the first search
SMALLEST = 320  # smaller pictures are enlarged until their long side is this many pixels
ENOUGH = 24  # pixels of a searched face from which nearly every one is found
MIN_FACE = 8  # pixels of the smallest face that may be asked for: less shows no emotion

_MIN_WIDE = 640 * 360  # pixels in the first search of a very wide or tall picture, at least
_AUTOMATIC = 1600 * 1200  # pixels in the last search, at most, where no smallest face is named
_TILE = 1408  # pixels of a tile's side, at most: bounds time and memory
_SHARED = 192  # pixels that neighbouring tiles share; larger faces are found in coarser searches
_STEP = 4.0  # factor between two searches, at most
_WORTH = 1.2  # factor from which a further search finds more
CLEAR = 40.0  # pixels of a searched face from which more show no more of it
SAME = 0.5  # share of the smaller box that two boxes of one face have in common
LIKE = 2.5  # factor by which their sizes differ, at most
MIN_SIDE = 16
MARGIN = 0.25  # around a picture in which no face was found, as a share of its long side


@dataclass(frozen=True)
class _Found:
    box: Box
    scale: float  # of the search that found it
    corner: tuple[int, int]  # of the part that it searched

    @property
    def rank(self) -> tuple[float, float, float]:
        """Lowest for the box that shows a face best: large enough and sure, in an early search."""
        clear = min(self.box.size * self.scale / CLEAR, 1.0)
        return -round(clear * self.box.confidence, 1), self.scale, -self.box.confidence


def scales(
    size: tuple[int, int], min_face: float | None = None, long_side: int | None = None
) -> list[float]:
    """Factors by which a picture of that (height, width) is resized to be searched, rising.

    For faces from `min_face` pixels on; None for what a picture of that size allows in a time
    that is not much more than it takes to decode it. With a `long_side` one, for that many pixels.
    """
    area, side = size[0] * size[1], max(size)
    most = max(1.0, SMALLEST / side)
    if long_side is not None:
        return [float(np.clip(1.0, SMALLEST / side, long_side / side))]
    first = min(most, max(COARSE / side, float(np.sqrt(_MIN_WIDE / area))))
    if min_face is None:
        last = min(most, max(first, float(np.sqrt(_AUTOMATIC / area))))
    else:
        last = max(SMALLEST / side, ENOUGH / max(min_face, MIN_FACE))
    if last < _WORTH * first:
        return [min(first, last)]
    steps = int(np.ceil(np.log(last / first) / np.log(_STEP)))
    return [float(value) for value in np.geomspace(first, last, steps + 1)]


def smallest_face(size: tuple[int, int], min_face: float | None = None) -> float:
    """Pixels from which nearly every face of a picture of that (height, width) is found."""
    return ENOUGH / scales(size, min_face)[-1]


def affordable(size: tuple[int, int], min_face: float, pixels: int) -> float:
    """`min_face`, raised as far as it must be for a picture of that (height, width) to be searched
    at no more than so many `pixels`.
    """
    return max(min_face, ENOUGH * float(np.sqrt(size[0] * size[1] / pixels)))


def search(
    frame: NDArray[np.uint8],
    find: Find,
    min_face: float | None = None,
    long_side: int | None = None,
) -> list[Box]:
    """Faces of uint8 (h, w, 3) at all its `scales`, each once, in the frame's pixels.

    A picture without one is searched again with a margin around it, because a face that fills
    the picture is only found with something around it.
    """
    height, width = frame.shape[:2]
    if min(height, width) < MIN_SIDE:
        return []
    found = [
        one
        for scale in scales((height, width), min_face, long_side)
        for part, corner in _tiles(frame, scale)
        for one in _found(part, corner, scale, find)
    ]
    if not found:
        margin = round(MARGIN * max(height, width))
        scale = scales((height + 2 * margin, width + 2 * margin), min_face, long_side)[0]
        found = _found(frame, (0, 0), scale, find, margin)
    return [one.box for one in _each_once(found)]


def _tiles(
    frame: NDArray[np.uint8], scale: float
) -> Iterator[tuple[NDArray[np.uint8], tuple[int, int]]]:
    """Parts of a picture to be searched at that scale, with their upper left corners (x, y)."""
    height, width = frame.shape[:2]
    whole = height * width * scale**2 <= _TILE**2
    for top, bottom in [(0, height)] if whole else _spans(height, scale):
        for left, right in [(0, width)] if whole else _spans(width, scale):
            yield frame[top:bottom, left:right], (left, top)


def _spans(side: int, scale: float) -> list[tuple[int, int]]:
    """Where equal tiles begin and end along a side."""
    count = 1 + max(0, int(np.ceil((side * scale - _TILE) / (_TILE - _SHARED))))
    step = (side - _SHARED / scale) / count
    starts = (round(number * step) for number in range(count))
    return [(start, min(side, start + round(step + _SHARED / scale))) for start in starts]


def _found(
    part: NDArray[np.uint8], corner: tuple[int, int], scale: float, find: Find, margin: int = 0
) -> list[_Found]:
    """Faces of a part of a picture, searched with so many pixels around it."""
    height, width = part.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if min(size) < MIN_SIDE:
        return []
    image = part
    if size != (width, height):
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        image = np.asarray(cv2.resize(part, size, interpolation=how), dtype=np.uint8)
    pad = round(margin * scale)
    if pad:
        padded = cv2.copyMakeBorder(image, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
        image = np.asarray(padded, dtype=np.uint8)
    factors = np.array([width / size[0], height / size[1]])
    boxes = (_moved(box, pad, factors, corner) for box in find(image))
    # What is mostly beyond the edge is no face, or one that the next tile shows whole.
    return [_Found(box, scale, corner) for box in boxes if _holds(corner, (width, height), box)]


def _holds(corner: tuple[int, int], size: tuple[int, int], box: Box) -> bool:
    """Whether the middle of a box lies in that part of the picture."""
    offsets = (at - start for at, start in zip(box.center, corner, strict=True))
    return all(0 <= offset < side for offset, side in zip(offsets, size, strict=True))


def _each_once(found: list[_Found]) -> list[_Found]:
    """Of several boxes of one face the one that shows it best."""
    kept: list[_Found] = []
    for one in sorted(found, key=lambda one: one.rank):
        if not any(_is_same(one, other) for other in kept):
            kept.append(one)
    return kept


def _is_same(one: _Found, other: _Found) -> bool:
    """Whether two boxes are of one face; a tile may have seen half of it."""
    small, large = sorted((one.box.size, other.box.size))
    if large > LIKE * small or one.box.overlap(other.box) < SAME:
        return False
    two_searches = (one.scale, one.corner) != (other.scale, other.corner)
    return two_searches or dist(one.box.center, other.box.center) < small / 2


def _moved(box: Box, pad: int, factors: NDArray[np.float64], corner: tuple[int, int]) -> Box:
    """`box` of the searched image in pixels of the picture it was made from."""
    corners = (np.reshape(box.xyxy, (2, 2)) - pad) * factors + corner
    left, top, right, bottom = (float(value) for value in corners.ravel())
    landmarks = box.landmarks
    if landmarks is not None:
        landmarks = ((landmarks - pad) * factors + corner).astype(np.float32)
    return replace(box, xyxy=(left, top, right, bottom), landmarks=landmarks)
