"""The Training curves page's charts: one metric of several runs by epoch.

A run is told by its colour, by the symbol on its lines and by its name at the line's end,
so that nobody has to tell colours apart.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from fer_core.evaluation.curves import best_epoch, smooth
from views.ui import charts

_SYMBOLS_A_LINE = 8
_LONGEST_NAME = 16
_PIXELS_A_LETTER = 7
_MARGIN = 4
_LABEL_SHARE = 0.065
"""Height of a name as a share of the axis."""
_NEAR_SHARE = 0.45
"""Names whose ends are closer than this share of the axis may lie upon each other."""


class Metric(StrEnum):
    """ACCURACY: share of images classified rightly, drawn in percent. LOSS: what training
    minimises, in nats.
    """

    ACCURACY = "accuracy"
    LOSS = "loss"

    @property
    def scale(self) -> float:
        return 100.0 if self is Metric.ACCURACY else 1.0

    @property
    def digits(self) -> str:
        return ".1f" if self is Metric.ACCURACY else ".3f"

    @property
    def axis_title(self) -> str:
        return "accuracy (%)" if self is Metric.ACCURACY else "loss (nats)"


@dataclass(frozen=True)
class Style:
    """How a run is drawn.

    Attributes:
        color: `#RRGGBB`.
        symbol: Plotly's name of its mark, one of `charts.RUN_SYMBOLS`.
    """

    color: str
    symbol: str

    @property
    def sign(self) -> str:
        """The mark as a letter, for names in text."""
        return charts.RUN_SYMBOLS[self.symbol]


@dataclass(frozen=True)
class EndLabel:
    """A name at the end of its line, in the units of the axes."""

    name: str
    x: float
    y: float


def styles(names: Iterable[str], neutral: str) -> dict[str, Style]:
    """A style for each name, in their order; the same names give the same styles.

    Args:
        names: every run that can be chosen.
        neutral: the one among them that is not ours, drawn in gray.
    """
    given = zip(names, cycle(charts.RUN_COLORS), cycle(charts.RUN_SYMBOLS), strict=False)
    chosen = {name: Style(color, symbol) for name, color, symbol in given}
    if neutral in chosen:
        chosen[neutral] = Style(charts.NEUTRAL_COLOR, chosen[neutral].symbol)
    return chosen


@st.cache_resource(show_spinner=False, max_entries=32)
def curve_figure(
    histories: Mapping[str, pd.DataFrame],
    drawn_as: Mapping[str, Style],
    metric: Metric,
    weight: float,
    *,
    title: str,
    log: bool,
) -> go.Figure:
    """Training (dashed) and validation (solid) of one metric, the gap between shaded.

    Args:
        histories: by name, with the columns of a run's history; at least one epoch each.
        drawn_as: the style of each name.
        metric: what is drawn.
        weight: of the past in the moving average, 0 to below 1.
        title: a statement or question.
        log: whether the axis is logarithmic.
    """
    longest = max((len(_short(name)) for name in histories), default=0)
    room = _MARGIN + _PIXELS_A_LETTER * (3 + longest)
    fig = charts.figure(
        title,
        height=400,
        xaxis_title="epoch",
        yaxis_title=metric.axis_title,
        showlegend=False,
        margin={"r": room},
    )
    ends = []
    lines: list[NDArray[np.float64]] = []
    for name, history in histories.items():
        epochs = history["epoch"].to_numpy(float)
        training = metric.scale * smooth(history[metric].to_numpy(float), weight)
        validation = metric.scale * smooth(history[f"val_{metric}"].to_numpy(float), weight)
        _add_lines(fig, name, drawn_as[name], metric, epochs, training, validation)
        # A run without validation images is named at its training line.
        named = validation if np.isfinite(validation).any() else training
        drawn = np.flatnonzero(np.isfinite(named))
        if len(drawn):  # a run that diverged at once has nothing to draw
            ends.append(EndLabel(name, float(epochs[drawn[-1]]), float(named[drawn[-1]])))
        lines += [training, validation]
    for name, history in histories.items():
        _add_best(fig, name, drawn_as[name], metric, history)

    low, high = _extent(lines, log=log)
    _add_names(fig, spread(ends, low, high, log=log), drawn_as)
    fig.update_layout(hovermode="x unified" if len(histories) <= 2 else "closest")
    fig.update_xaxes(range=[0, max((end.x for end in ends), default=1.0)])
    if log:
        fig.update_yaxes(type="log", dtick="D2")
    elif metric is Metric.LOSS:
        fig.update_yaxes(rangemode="tozero")
    return fig


def spread(ends: list[EndLabel], low: float, high: float, *, log: bool) -> list[EndLabel]:
    """The labels in the same order, moved up where they would lie upon each other.

    Args:
        ends: each at its line's end.
        low: least value on the axis; over 0 where `log`.
        high: greatest value.
        log: whether the axis is logarithmic.
    """
    forth, back = (np.log, np.exp) if log else (_same, _same)
    gap = _LABEL_SHARE * float(forth(high) - forth(low))
    reach = _NEAR_SHARE * max((end.x for end in ends), default=0.0)
    placed: dict[str, tuple[float, float]] = {}
    for end in sorted(ends, key=lambda end: end.y):
        height = float(forth(end.y))
        taken = sorted(y for x, y in placed.values() if abs(x - end.x) <= reach)
        for y in taken:
            if abs(y - height) < gap:
                height = y + gap
        placed[end.name] = (end.x, height)
    return [EndLabel(end.name, end.x, float(back(placed[end.name][1]))) for end in ends]


def _same(value: float) -> float:
    return value


def _extent(lines: list[NDArray[np.float64]], *, log: bool) -> tuple[float, float]:
    """Least and greatest drawable value; (1, 1) where there is none, as in a run that diverged."""
    values = np.concatenate(lines)
    values = values[np.isfinite(values) & ((values > 0) | (not log))]
    return (float(values.min()), float(values.max())) if len(values) else (1.0, 1.0)


def _add_lines(
    fig: go.Figure,
    name: str,
    style: Style,
    metric: Metric,
    epochs: NDArray[np.float64],
    training: NDArray[np.float64],
    validation: NDArray[np.float64],
) -> None:
    line = {"color": style.color, "width": 2}
    mark = {"symbol": style.symbol, "size": 7, "maxdisplayed": _SYMBOLS_A_LINE}
    fig.add_scatter(
        x=epochs,
        y=training,
        mode="lines+markers",
        name=f"{name}, training",
        line=line | {"dash": "dash", "width": 1.6},
        marker=mark | {"symbol": f"{style.symbol}-open", "color": style.color},
        hovertemplate=f"{name}, training: %{{y:{metric.digits}}}<extra></extra>",
    )
    fig.add_scatter(
        x=epochs,
        y=validation,
        mode="lines+markers",
        name=f"{name}, validation",
        line=line,
        marker=mark | {"color": style.color},
        fill="tonexty",
        fillcolor=charts.faded(style.color, 0.10),
        hovertemplate=f"{name}, validation: %{{y:{metric.digits}}}<extra></extra>",
    )


def _add_best(
    fig: go.Figure, name: str, style: Style, metric: Metric, history: pd.DataFrame
) -> None:
    """A ring at the epoch of the best validation accuracy; none where there is no such epoch."""
    best = history[history["epoch"] == best_epoch(history)]
    if best.empty:
        return
    row = best.iloc[0]
    fig.add_scatter(
        x=[row["epoch"]],
        y=[metric.scale * row[f"val_{metric}"]],
        mode="markers",
        name=f"{name}, best epoch",
        marker={
            "symbol": "circle-open",
            "size": 15,
            "color": style.color,
            "line": {"width": 2.5, "color": style.color},
        },
        hovertemplate=(
            f"{name}, best epoch {row['epoch']:.0f}: %{{y:{metric.digits}}}<extra></extra>"
        ),
    )


def _add_names(fig: go.Figure, ends: list[EndLabel], drawn_as: Mapping[str, Style]) -> None:
    """Names right of the lines' ends; the margin has room for those of the longest runs."""
    fig.add_scatter(
        x=[end.x for end in ends],
        y=[end.y for end in ends],
        mode="text",
        name="names",
        text=[f"\u00a0{drawn_as[end.name].sign} {_short(end.name)}" for end in ends],
        textposition="middle right",
        textfont={"size": 13},
        cliponaxis=False,
        hoverinfo="skip",
    )


def _short(name: str) -> str:
    """The name, its end left out where it would narrow the chart; hover has all of it."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
