"""Names of lines in a column right of a plot, each in its line's colour and none on another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from fer_core.plots import theme

LINE_HEIGHT = 16
"""Pixels that a name takes."""
_LONGEST_NAME = 18
_PIXELS_A_LETTER = 6.8
_MARGIN = 12


@dataclass(frozen=True)
class EndLabel:
    """A name and the end of its line; `y` in the unit in which the axis is even, so the
    logarithm to base 10 on a logarithmic one.
    """

    name: str
    color: str
    x: float
    y: float


def spread(heights: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """The heights in the same order, moved between `low` and `high` so that any two are at least
    `gap` apart; there must be room for all of them.
    """
    order = np.argsort(heights, kind="stable")
    placed = np.clip(np.array(heights, float)[order], low, high)
    for i in range(1, len(placed)):
        placed[i] = max(placed[i], placed[i - 1] + gap)
    ceiling = high
    for i in reversed(range(len(placed))):
        placed[i] = min(placed[i], ceiling)
        ceiling = placed[i] - gap
    result = np.empty(len(placed))
    result[order] = placed
    return [float(height) for height in result]


def room_for(names: Iterable[str]) -> int:
    """Pixels that the names need right of the plot."""
    longest = max((len(short(name)) for name in names), default=0)
    return round(_MARGIN + _PIXELS_A_LETTER * (2 + longest))


def add_names(
    fig: go.Figure,
    ends: Sequence[EndLabel],
    edge: float,
    low: float,
    high: float,
    pixels: int,
    *,
    log: bool,
) -> None:
    """Adds the names right of the plot, where the margin has `room_for` them, each with a thin
    line from the end of its own.

    Args:
        fig: with ranges on both axes.
        ends: the first are named where there is no room for all.
        edge: right end of the x axis.
        low: lower end of the y axis, in the unit of `ends`.
        high: upper end of it.
        pixels: height of the plot.
        log: whether the y axis is logarithmic.
    """
    shown = ends[: max(1, pixels // LINE_HEIGHT)]
    gap = LINE_HEIGHT / pixels * (high - low)
    heights = spread([end.y for end in shown], gap, low, high)
    for end, height in zip(shown, heights, strict=True):
        line = np.array([end.y, height])
        fig.add_scatter(
            x=[end.x, edge],
            y=10**line if log else line,
            mode="lines",
            line={"color": theme.faded(end.color, 0.4), "width": 1},
            hoverinfo="skip",
            showlegend=False,
        )
        fig.add_annotation(
            text=short(end.name),
            font={"color": end.color, "size": 12},
            xref="paper",
            x=1,
            xanchor="left",
            xshift=2,
            y=height,
            yanchor="middle",
            showarrow=False,
        )


def short(name: str) -> str:
    """The name, its middle left out where it would narrow the figure; hover has all of it."""
    if len(name) <= _LONGEST_NAME:
        return name
    head = _LONGEST_NAME // 2
    return f"{name[:head]}…{name[head + 1 - _LONGEST_NAME :]}"
