"""Every system by accuracy, and accuracy against time.

Both figures set few traces and no automatic margins: what a browser needs to draw one grows
with them, and they stand on the page that opens first.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from fer_core import formats
from fer_core.evaluation.scoreboard import Kind, TestSet
from fer_core.plots import theme
from fer_core.reference.student_report import TEST_IMAGES

_COLORS = dict(zip(Kind, (*theme.RUN_COLORS[:3], theme.NEUTRAL_COLOR), strict=True))
_SYMBOLS = dict(zip(Kind, ("circle", "diamond", "square", "circle-open"), strict=True))

_ROW = 21
"""Pixels a system."""
_HEAD, _FOOT = 88, 48
"""Pixels above and below the ladder: title and legend, the axis."""
_POINTS_A_LETTER = 1.15
"""Accuracy points that a letter of a name takes in the narrowest window."""
_MARK_POINTS = 1
"""Accuracy points from the end of an interval to the text beside it, past a mark's radius."""
_FIGURE_POINTS = 8
"""Accuracy points that the figure right of a mark takes there."""
_PLOT, _LETTER, _LINE = (240, 220), 6.5, 14
"""Pixels of the plot of times where it is narrowest, of a letter and of a line in it."""
_TIME_MARGIN, _ACCURACY_MARGIN = 0.35, 4.0
"""Powers of ten and accuracy points that its axes leave around the marks."""
Box = tuple[float, float, float, float]


def ladder_figure(table: pd.DataFrame) -> go.Figure:
    """Every system on one accuracy axis, grouped by test set, names beside the marks; `table` is
    that of `evaluation.scoreboard.scoreboard`, with at least one row.
    """
    rows, heads = _placed(table)
    fig = theme.figure(
        "How accurate, on which images?",
        height=_HEAD + _FOOT + _ROW * (len(rows) + 2 * len(heads)),
        margin={"t": _HEAD, "b": _FOOT},
    )
    for kind in Kind:
        group, color = rows[rows["kind"] == kind], _COLORS[kind]
        if group.empty:
            continue
        fig.add_scatter(
            x=group["accuracy"],
            y=group["y"],
            mode="markers",
            name=kind,
            marker={
                "symbol": _SYMBOLS[kind],
                "size": 9,
                "color": color,
                "line": {"width": 1.5, "color": color},
            },
            error_x=theme.interval(
                group["accuracy"], group["low"], group["high"], color=color, width=0
            ),
            hovertemplate=[
                f"{row.system}<br>{row.figure}<br>{row.test_set}<br>{kind}<extra></extra>"
                for row in group.itertuples()
            ],
        )
    small: dict[str, Any] = {"textfont": {"size": 12}, "showlegend": False}
    ends, y = (rows["low"] - _MARK_POINTS, rows["high"] + _MARK_POINTS), rows["y"]
    theme.add_text(fig, ends[0], y, rows["label"], "middle left", **small)
    theme.add_text(fig, ends[1], y, rows["accuracy"].map("{:.1f}".format), "middle right", **small)

    left = (rows["low"] - _POINTS_A_LETTER * rows["system"].str.len()).min()
    right = rows["high"].max() + _FIGURE_POINTS
    fig.update_xaxes(
        range=[left, right],
        tickvals=list(range(10 * math.floor(rows["low"].min() / 10), math.ceil(right), 10)),
        title_text="accuracy (%), with 95 % interval",
        automargin=False,
    )
    fig.update_yaxes(range=[rows["y"].max() + 1, -0.7], visible=False, automargin=False)
    line = {"color": theme.GRID, "width": 1}
    across = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "line": line}
    head = {"x": 0, "xref": "paper", "xanchor": "left", "showarrow": False}
    return fig.update_layout(
        annotations=[head | {"y": y, "text": f"<b>{name}</b>"} for y, name in heads],
        shapes=[across | {"y0": y - 0.8, "y1": y - 0.8} for y, _ in heads[1:]],
    )


def speed_figure(table: pd.DataFrame) -> go.Figure:
    """Accuracy against the time for one face, from `evaluation.scoreboard.speed_table`."""
    fig = theme.figure(
        "Does accuracy cost time?",
        height=320,
        showlegend=False,
        margin={"l": 56, "r": 12, "t": 52, "b": 48},
    )
    if table.empty:
        return fig
    # Without their makers and without the epochs they are of.
    names = table["system"].str.removeprefix("oarriaga ").str.partition(" (epoch")[0]
    fig.add_scatter(
        x=table["ms_per_face"],
        y=100 * table["accuracy"],
        mode="markers+text",
        text=names,
        textposition=name_positions(table["ms_per_face"], table["accuracy"], names.tolist()),
        cliponaxis=False,
        marker=theme.marker(table["kind"].map(_COLORS), symbol=table["kind"].map(_SYMBOLS)),
        hovertemplate=[
            f"{row.system}<br>%{{y:.1f}} %, {formats.milliseconds(row.ms_per_face)} a face"
            f"<br>{row.runtime}<extra></extra>"
            for row in table.itertuples()
        ],
    )
    fastest, slowest = table["ms_per_face"].min(), table["ms_per_face"].max()
    ticks = [step * 10.0**power for power in range(-3, 5) for step in (1, 2, 5)]
    fig.update_xaxes(
        type="log",
        title_text="ms a face, log scale",
        range=[math.log10(fastest) - _TIME_MARGIN, math.log10(slowest) + _TIME_MARGIN],
        tickvals=ticks,
        ticktext=[f"{tick:g}" for tick in ticks],
        automargin=False,
    )
    lowest, highest = 100 * table["accuracy"].min(), 100 * table["accuracy"].max()
    return fig.update_yaxes(
        title_text=f"accuracy (%), all {TEST_IMAGES:,}",
        range=[lowest - _ACCURACY_MARGIN, highest + _ACCURACY_MARGIN],
        automargin=False,
    )


def name_positions(times: pd.Series, accuracies: pd.Series, names: Sequence[str]) -> list[str]:
    """Where each name stands beside its mark (ms a face, accuracy 0-1), so that names keep apart
    and inside, as Plotly's `textposition`.

    Each takes the place that covers least of the marks and of the names before it, from the
    fastest on.
    """
    if times.empty:
        return []
    width, height = _PLOT
    x = _share(times.map(math.log10).to_numpy(), _TIME_MARGIN) * width
    y = _share(100 * accuracies.to_numpy(), _ACCURACY_MARGIN) * height
    marks = [(left - 6, left + 6, low - 6, low + 6) for left, low in zip(x, y, strict=True)]
    taken = marks * 3  # a mark under a name is worse than two names that touch
    positions = [""] * len(marks)
    for place in x.argsort(kind="stable"):
        across, half = _LETTER * len(names[place]), _LINE / 2
        left, low = x[place], y[place]
        above = (left - across / 2, left + across / 2, low + 7, low + 7 + _LINE)
        boxes = {
            "top center": above,
            "bottom center": (*above[:2], low - 7 - _LINE, low - 7),
            "middle right": (left + 7, left + 7 + across, low - half, low + half),
            "middle left": (left - 7 - across, left - 7, low - half, low + half),
        }
        outside = {name: max(0, -box[0]) + max(0, box[1] - width) for name, box in boxes.items()}
        positions[place] = min(
            boxes,
            key=lambda name: (
                _LINE * outside[name] + sum(_overlap(boxes[name], other) for other in taken)
            ),
        )
        taken.append(boxes[positions[place]])
    return positions


def _share(values: NDArray[Any], margin: float) -> NDArray[Any]:
    """Places on an axis that leaves `margin` on both sides of the values, 0-1."""
    ends = [values.min() - margin, values.max() + margin]
    return np.asarray(np.interp(values, ends, [0, 1]))


def _overlap(one: Box, other: Box) -> float:
    """Area that two boxes (left, right, low, high) share."""
    across = min(one[1], other[1]) - max(one[0], other[0])
    up = min(one[3], other[3]) - max(one[2], other[2])
    return max(0.0, across) * max(0.0, up)


def _placed(table: pd.DataFrame) -> tuple[pd.DataFrame, list[tuple[float, str]]]:
    """Rows in percent with height `y`, `label` and `figure`, and the heights of groups' names."""
    figures = [formats.percent(row.accuracy, (row.low, row.high)) for row in table.itertuples()]
    rows = table.assign(
        figure=figures,
        accuracy=100 * table["accuracy"],
        low=100 * table["low"].fillna(table["accuracy"]),
        high=100 * table["high"].fillna(table["accuracy"]),
    )
    heads, heights, y = [], pd.Series(0.0, index=table.index), 0.0
    for name in TestSet:
        group = table.index[table["test_set"] == name]
        if group.empty:
            continue
        heads.append((y, str(name)))
        heights[group] = [y + 1 + place for place in range(len(group))]
        y += len(group) + 2
    own = rows["kind"].isin([Kind.OURS, Kind.REPORT])
    labels = rows["system"].where(~own, "<b>" + rows["system"] + "</b>")
    return rows.assign(y=heights, label=labels), heads
