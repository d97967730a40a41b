"""Names at the ends of lines, moved apart where they would lie upon each other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go

from fer_core.plots import theme

_LONGEST_NAME = 16
_PIXELS_A_LETTER = 7
_MARGIN = 4
_LABEL_SHARE = 0.065
"""Height of a name as a share of the axis."""
_NEAR_SHARE = 0.45
"""Names whose ends are closer than this share of the axis may lie upon each other."""


@dataclass(frozen=True)
class EndLabel:
    """A name with its run's sign at the end of its line, in the units of the axes."""

    name: str
    sign: str
    x: float
    y: float


def spread(ends: Sequence[EndLabel], low: float, high: float, *, log: bool) -> list[EndLabel]:
    """The labels in the same order, moved up where they would lie upon each other on an axis from
    `low` to `high`, both above 0 where it is logarithmic.
    """
    heights = [end.y for end in ends]
    low, high, *heights = np.log([low, high, *heights]) if log else [low, high, *heights]
    reach = _NEAR_SHARE * max((end.x for end in ends), default=0.0)
    placed: dict[int, float] = {}
    for i in np.argsort(heights, kind="stable"):
        for taken in sorted(y for j, y in placed.items() if abs(ends[j].x - ends[i].x) <= reach):
            if abs(taken - heights[i]) < _LABEL_SHARE * (high - low):
                heights[i] = taken + _LABEL_SHARE * (high - low)
        placed[int(i)] = heights[i]
    back = np.exp(heights) if log else heights
    return [replace(end, y=float(y)) for end, y in zip(ends, back, strict=True)]


def room_for(names: Iterable[str]) -> int:
    """Pixels that the names need right of the plot."""
    longest = max((len(_short(name)) for name in names), default=0)
    return _MARGIN + _PIXELS_A_LETTER * (3 + longest)


def add_names(fig: go.Figure, ends: Sequence[EndLabel]) -> None:
    """Adds the names right of the lines' ends, where the margin has `room_for` them."""
    x, y = [end.x for end in ends], [end.y for end in ends]
    names = [f"\u00a0{end.sign} {_short(end.name)}" for end in ends]
    theme.add_text(fig, x, y, names, "middle right", name="names", textfont={"size": 13})


def _short(name: str) -> str:
    """The name, its end left out where it would narrow the figure; hover has all of it."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
