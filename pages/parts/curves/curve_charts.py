"""The Training curves page's charts: one metric of several runs by epoch.

A run is told by its colour, by the symbol on its lines and by its name at the line's end,
so that nobody has to tell colours apart.
"""

from collections.abc import Mapping
from enum import StrEnum

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from fer_core.evaluation.history import best_epoch, smooth
from pages.parts.curves.curve_labels import EndLabel, Style, add_names, room_for, spread
from pages.parts.shared import charts

_SYMBOLS_A_LINE = 8


class Metric(StrEnum):
    """ACCURACY: share of images classified rightly, drawn in percent. LOSS: what training
    minimises, in nats. GAP: training accuracy minus validation accuracy, in points, which
    grows as a network learns its images by heart. LEARNING_RATE: of each epoch's end.
    SECONDS: what an epoch took. The value is the history's column.
    """

    ACCURACY = "accuracy"
    LOSS = "loss"
    GAP = "gap"
    LEARNING_RATE = "learning_rate"
    SECONDS = "seconds"

    @property
    def scale(self) -> float:
        return 100.0 if self in (Metric.ACCURACY, Metric.GAP) else 1.0

    @property
    def digits(self) -> str:
        return {Metric.LOSS: ".3f", Metric.LEARNING_RATE: ".3g"}.get(self, ".1f")

    @property
    def axis_title(self) -> str:
        return _AXIS_TITLES[self]

    @property
    def is_paired(self) -> bool:
        """Whether training and validation each have a line."""
        return self in (Metric.ACCURACY, Metric.LOSS)

    @property
    def columns(self) -> tuple[str, ...]:
        """Of a history: training and validation, or the only one."""
        return (self, f"val_{self}") if self.is_paired else (self,)


_AXIS_TITLES = {
    Metric.ACCURACY: "accuracy (%)",
    Metric.LOSS: "loss (nats)",
    Metric.GAP: "training minus validation (points)",
    Metric.LEARNING_RATE: "learning rate",
    Metric.SECONDS: "seconds an epoch",
}


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
    """One metric by epoch: training (dashed) and validation (solid) with the gap between
    shaded, or a single line where the metric has no pair.

    Args:
        histories: by name, with the columns of a run's history; at least one epoch each,
            and at least one value of `metric`.
        drawn_as: the style of each name.
        metric: what is drawn.
        weight: of the past in the moving average, 0 to below 1.
        title: a statement or question.
        log: whether the axis is logarithmic.
    """
    fig = charts.figure(
        title,
        height=400,
        xaxis_title="epoch",
        yaxis_title=metric.axis_title,
        showlegend=False,
        margin={"r": room_for(histories)},
    )
    ends = []
    lines: list[NDArray[np.float64]] = []
    for name, history in histories.items():
        epochs = history["epoch"].to_numpy(float)
        values = [
            metric.scale * smooth(history[column].to_numpy(float), weight)
            for column in metric.columns
        ]
        add = _add_pair if metric.is_paired else _add_line
        add(fig, name, drawn_as[name], metric, epochs, *values)
        # The last line bears the name; a run without validation images has only the first.
        named = values[-1] if np.isfinite(values[-1]).any() else values[0]
        drawn = np.flatnonzero(np.isfinite(named))
        if len(drawn):  # a run that diverged at once has nothing to draw
            ends.append(EndLabel(name, float(epochs[drawn[-1]]), float(named[drawn[-1]])))
        lines += values
    for name, history in histories.items() if metric.is_paired else ():
        _add_best(fig, name, drawn_as[name], metric, history)

    low, high = _extent(lines, log=log)
    add_names(fig, spread(ends, low, high, log=log), drawn_as)
    fig.update_layout(hovermode="x unified" if len(histories) <= 2 else "closest")
    fig.update_xaxes(range=[0, max((end.x for end in ends), default=1.0)])
    if log:
        fig.update_yaxes(type="log", dtick="D2")
    elif metric is not Metric.ACCURACY:
        fig.update_yaxes(rangemode="tozero")
    # Zoom and hidden lines stay as they are while a run goes on.
    fig.update_layout(uirevision=metric)
    return fig


def _extent(lines: list[NDArray[np.float64]], *, log: bool) -> tuple[float, float]:
    """Least and greatest drawable value; (1, 1) where there is none, as in a run that diverged."""
    values = np.concatenate(lines)
    values = values[np.isfinite(values) & ((values > 0) | (not log))]
    return (float(values.min()), float(values.max())) if len(values) else (1.0, 1.0)


def _add_pair(
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


def _add_line(
    fig: go.Figure,
    name: str,
    style: Style,
    metric: Metric,
    epochs: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """The single line of a metric without a pair."""
    fig.add_scatter(
        x=epochs,
        y=values,
        mode="lines+markers",
        name=name,
        line={"color": style.color, "width": 2},
        marker={
            "symbol": style.symbol,
            "size": 7,
            "maxdisplayed": _SYMBOLS_A_LINE,
            "color": style.color,
        },
        hovertemplate=f"{name}: %{{y:{metric.digits}}}<extra></extra>",
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
        cliponaxis=False,  # whole at the last epoch too
        hovertemplate=(
            f"{name}, best epoch {row['epoch']:.0f}: %{{y:{metric.digits}}}<extra></extra>"
        ),
    )
