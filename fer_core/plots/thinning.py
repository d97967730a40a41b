"""Curves of thousands of points, thinned for drawing."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def thinned(place: NDArray[Any], most: int = 300) -> NDArray[np.intp]:
    """Rows of a curve that are kept, `most` (3 or more) at most, evenly along it with both ends;
    `place` (n,) says how far along each point lies, in any unit, only rising or only falling.
    """
    if len(place) <= most:
        return np.arange(len(place))
    along = np.abs(place - place[0])
    steps = np.floor(along / max(along[-1], 1e-12) * (most - 2)).astype(int)
    kept = np.append(steps[:-1] != steps[1:], True)
    kept[0] = True
    return np.flatnonzero(kept)
