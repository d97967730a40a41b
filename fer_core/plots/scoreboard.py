"""Systems by accuracy, and accuracy against time.

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
from fer_core.evaluation.scoreboard import Kind
from fer_core.plots import theme
from fer_core.reference.student_report import TEST_IMAGES

_COLORS = {
    Kind.OURS: theme.RUN_COLORS[0],
    Kind.REPORT: theme.NEUTRAL_COLOR,  # as in the training curves
    Kind.MEASURED: theme.RUN_COLORS[2],
    Kind.PUBLISHED: theme.RUN_COLORS[1],
}
_SYMBOLS = dict(zip(Kind, ("circle", "diamond", "square", "circle-open"), strict=True))

_ROW = 56
"""Pixels a system: its name, what it is, and its mark below them."""
_HEAD, _FOOT = 100, 36
"""Pixels above and below the ranking: title and axis; legend."""
_NAME, _ABOUT, _MARK = -0.34, -0.08, 0.22
"""Where these stand in a row that is 1 high, from its middle down."""
_PLOT, _LETTER, _LINE = (240, 220), 6.5, 14
"""Pixels of the plot of times where it is narrowest, of a letter and of a line in it."""
_TIME_MARGIN, _ACCURACY_MARGIN = 0.35, 4.0
"""Powers of ten and accuracy points that its axes leave around the marks."""
Box = tuple[float, float, float, float]


def ranking_figure(rows: pd.DataFrame, default: str | None = None) -> go.Figure:
    """One row a system on one accuracy axis, the best on top, our `default` marked.

    `rows` are those of `evaluation.scoreboard.comparable`, at least one: name and figure, what it
    is, and the mark with its 95 % interval under them.
    """
    count, first = len(rows), rows.iloc[0]
    fig = theme.figure(
        f"{first['system']} is right most often: {formats.percent(first['accuracy'])}",
        height=_HEAD + _FOOT + _ROW * count,
        margin={"l": 8, "r": 8, "t": _HEAD, "b": _FOOT},
    )
    places = pd.Series(range(count), index=rows.index)
    percents = rows[["accuracy", "low", "high"]].mul(100)
    for kind in Kind:
        group = rows["kind"] == kind
        if not group.any():
            continue
        color, of_kind = _COLORS[kind], percents[group]
        fig.add_scatter(
            x=of_kind["accuracy"],
            y=places[group] + _MARK,
            mode="markers",
            name=kind,
            marker={
                "symbol": _SYMBOLS[kind],
                "size": [13 if name == default else 9 for name in rows["system"][group]],
                "color": color,
                "line": {"width": 1.5, "color": color},
            },
            error_x=theme.interval(
                of_kind["accuracy"], of_kind["low"], of_kind["high"], color=color, width=0
            ),
            hovertemplate=[_hover(row) for row in rows[group].itertuples()],
        )
    low, high = percents["low"].min(), percents["high"].max()
    edges = math.floor(low) - 1, math.ceil(high) + 1
    small: dict[str, Any] = {"textfont": {"size": 12}, "showlegend": False}
    names = [
        f"<b>{row.system}</b>{', the default here' if row.system == default else ''}"
        for row in rows.itertuples()
    ]
    figures = [formats.percent(row.accuracy) for row in rows.itertuples()]
    left, right = pd.Series(edges[0], rows.index), pd.Series(edges[1], rows.index)
    theme.add_text(fig, left, places + _NAME, names, "middle right", **small)
    theme.add_text(fig, right, places + _NAME, figures, "middle left", **small)
    about = [_about(row) for row in rows.itertuples()]
    theme.add_text(fig, left, places + _ABOUT, about, "middle right", **small)
    fig.update_xaxes(
        range=edges,
        side="top",
        title_text=f"accuracy (%) with 95 % interval, {_said(first['test_set'])}",
        automargin=False,
    )
    fig.update_yaxes(range=[count - 0.5, -0.5], visible=False, automargin=False)
    line = {"color": theme.GRID, "width": 1}
    across = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "line": line}
    between = [across | {"y0": place - 0.5, "y1": place - 0.5} for place in range(1, count)]
    return fig.update_layout(shapes=between, legend={"y": 0, "yanchor": "top"})


def _said(test_set: str) -> str:
    """A test set as it stands within a sentence."""
    return test_set[0].lower() + test_set[1:] if test_set.startswith(("All", "Leak")) else test_set


def _about(row: Any) -> str:
    """What a system is, and what makes its figure another than ours."""
    parts = [row.about]
    extra = row.extra_training_data
    if extra not in ("", "no", "unknown") and extra not in row.about:
        parts.append(f"also trained on {extra}")
    if row.on_test:
        parts.append("checkpoint chosen on these images")
    return "; ".join(part for part in parts if part)


def _hover(row: Any) -> str:
    figure = formats.percent(row.accuracy, (row.low, row.high))
    lines = (f"{row.system}: {figure}", row.test_set, f"{row.passes}, {row.kind}")
    return "<br>".join(lines) + "<extra></extra>"


def speed_figure(table: pd.DataFrame) -> go.Figure:
    """Accuracy against the time for one face, from `evaluation.scoreboard.speed_table`."""
    fig = theme.figure(
        _speed_headline(table),
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
            f"{row.system}<br>%{{y:.1f}} %, {formats.milliseconds(row.ms_per_face)} per face"
            f"<br>{row.runtime}<extra></extra>"
            for row in table.itertuples()
        ],
    )
    fastest, slowest = table["ms_per_face"].min(), table["ms_per_face"].max()
    ticks = [step * 10.0**power for power in range(-3, 5) for step in (1, 2, 5)]
    fig.update_xaxes(
        type="log",
        title_text="milliseconds per face, log scale",
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


def _speed_headline(table: pd.DataFrame) -> str:
    if table.empty:
        return "No time per face is known yet"
    best = table.loc[table["accuracy"].idxmax()]
    time = formats.milliseconds(best["ms_per_face"])
    return f"Most accurate of those timed: {best['system']}, {time} per face"


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
