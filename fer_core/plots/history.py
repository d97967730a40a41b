"""Training curves: one metric by epoch, of one run or of several.

A run is told by its colour, by the symbol on its lines and by its name at the line's end, so
that nobody has to tell colours apart. Training is dashed, validation solid, the gap between
them shaded. A thin line stands where a phase of a run begins.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from fer_core import formats
from fer_core.evaluation.history import best_epoch, smooth, stretches
from fer_core.plots import theme
from fer_core.plots.end_labels import EndLabel, add_names, room_for, spread
from fer_core.plots.run_styles import Style

_SYMBOLS_A_LINE = 8
_EACH_EPOCH = 5
"""Epochs up to which each has a tick of its own; Plotly would put others between them."""


class Metric(StrEnum):
    """ACCURACY: share of images classified rightly, drawn in percent. LOSS: what training
    minimises, in nats. GAP: training accuracy minus validation accuracy, in points, which
    grows as a network overfits. LEARNING_RATE: of each epoch's end. SECONDS: what an epoch
    took. The value is the history's column.
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
_QUESTIONS = {
    Metric.ACCURACY: "Where does validation accuracy peak?",
    Metric.LOSS: "Where does validation loss turn?",
    Metric.GAP: "How far do training and validation part?",
    Metric.LEARNING_RATE: "How large were the steps?",
    Metric.SECONDS: "How long did an epoch take?",
}


def curves_figure(
    histories: Mapping[str, pd.DataFrame],
    drawn_as: Mapping[str, Style],
    metric: Metric,
    *,
    weight: float = 0.0,
    log: bool = False,
) -> go.Figure:
    """One metric of several runs, on a logarithmic axis where `log`.

    `histories` have at least one epoch each and, where losses change their meaning, the column
    of `evaluation.history.with_new_losses`. `weight` is that of the past in the moving average,
    0 to below 1.
    """
    several = len(histories) > 1
    fig = _figure(
        _QUESTIONS[metric] if several else _statement(next(iter(histories.values())), metric),
        metric,
        height=400,
        showlegend=False,
        margin={"r": room_for(histories)},
        hovermode="closest" if len(histories) > 2 else "x unified",
    )
    ends, drawn = [], [np.ones(0)]
    for name, history in histories.items():
        style, epochs = drawn_as[name], history["epoch"].to_numpy(float)
        lines = _add_run(fig, history, metric, style, f"{name}, ", weight)
        _add_phases(fig, history, metric, style, labelled=not several)
        # The last line bears the name; a run without validation images has only the first.
        for line in reversed(lines):
            if len(known := np.flatnonzero(np.isfinite(line))):
                ends.append(EndLabel(name, style.sign, epochs[known[-1]], line[known[-1]]))
                break  # a run that diverged at once has nothing to draw
        drawn += [line[np.isfinite(line) & ((line > 0) | (not log))] for line in lines]
    values = np.concatenate(drawn)
    low, high = (values.min(), values.max()) if len(values) else (1.0, 1.0)
    add_names(fig, spread(ends, low, high, log=log))
    fig.update_xaxes(range=[0, max((end.x for end in ends), default=1.0)])
    if log:
        fig.update_yaxes(type="log", dtick="D2", rangemode="normal")
    return fig


def run_figure(
    history: pd.DataFrame,
    metric: Metric,
    *,
    height: int = 380,
    style: Style | None = None,
    epochs: int = 0,
) -> go.Figure:
    """ACCURACY or LOSS of one run, with a legend; axes alone before the first epoch has ended.

    The `history` is as in `curves_figure`, `epochs` is the length of the whole training, which
    the axis shows.
    """
    fig = _figure(
        _statement(history, metric),
        metric,
        height=height,
        showlegend=True,
        margin=theme.MARGIN_WITH_LEGEND,
        hovermode="x unified",
    )
    _add_run(fig, history, metric, style or Style(), "", 0.0)
    _add_phases(fig, history, metric, style or Style(), labelled=True)
    end = max(epochs, len(history))
    fig.update_xaxes(range=[0, end], dtick=1 if end <= _EACH_EPOCH else None)
    if history.empty and metric is Metric.ACCURACY:
        fig.update_yaxes(range=[0, 100])
    return fig


def in_words(history: pd.DataFrame, metric: Metric) -> str:
    """What `run_figure` shows, for those who do not see it."""
    title = metric.capitalize()
    if history.empty:
        return f"{title} before the end of the first epoch"
    last = history.iloc[-1]
    values = ", ".join(
        f"{word} {last[column]:.3f}"
        for word, column in zip(("training", "validation"), metric.columns, strict=True)
        if last[column] == last[column]
    )
    return f"{title} after {len(history)} epochs: {values}"


def _statement(history: pd.DataFrame, metric: Metric) -> str:
    """What one run shows."""
    if history.empty:
        return f"{metric.capitalize()}: after the first epoch"
    best, losses = best_epoch(history), stretches(history)[-1]["val_loss"].dropna()
    if metric is Metric.ACCURACY and best is not None:
        top = formats.percent(history["val_accuracy"].max())
        return f"Validation peaks at {top} in epoch {best}"
    if metric is Metric.LOSS and len(losses):
        lowest = history["epoch"][losses.idxmin()]
        return f"Validation loss is lowest in epoch {lowest:.0f} of {len(history)}"
    value = history[metric].dropna().iloc[-1] if history[metric].notna().any() else np.nan
    return {
        Metric.ACCURACY: f"Training accuracy ends at {formats.percent(value)}",
        Metric.LOSS: f"Training loss ends at {value:.3f}",
        Metric.GAP: f"Training ends {100 * value:.1f} points above validation",
        Metric.LEARNING_RATE: f"The learning rate ends at {value:.3g}",
        Metric.SECONDS: f"The last epoch took {value:.0f} seconds",
    }[metric]


def _figure(title: str, metric: Metric, **layout: Any) -> go.Figure:
    axis = {"title_text": _AXIS_TITLES[metric]}
    if metric is not Metric.ACCURACY:
        axis["rangemode"] = "tozero"
    # By `uirevision` zoom and hidden lines stay as they are while a run goes on.
    return theme.figure(title, xaxis_title="epoch", uirevision=metric, **layout).update_yaxes(axis)


def _add_run(
    fig: go.Figure, history: pd.DataFrame, metric: Metric, style: Style, prefix: str, weight: float
) -> list[NDArray[np.float64]]:
    """Adds the lines of a run, and a ring at its best epoch; returns the values of each line."""
    whole: list[list[NDArray[np.float64]]] = [[] for _ in metric.columns]
    for number, part in enumerate(stretches(history) if metric is Metric.LOSS else [history]):
        for column, values in zip(metric.columns, whole, strict=True):
            values.append(metric.scale * smooth(part[column].to_numpy(float), weight))
            if not np.isfinite(values[-1]).any():
                continue
            is_training = metric.is_paired and column == metric
            word = ("training" if is_training else "validation") if metric.is_paired else ""
            name = f"{prefix}{word}".removesuffix(", ")
            fig.add_scatter(
                x=part["epoch"],
                y=values[-1],
                mode="lines+markers",
                name=name,
                showlegend=not number,
                legendgroup=name,
                line={
                    "color": style.color,
                    "width": 1.6 if is_training else 2,
                    "dash": "dash" if is_training else "solid",
                },
                marker={
                    "symbol": f"{style.symbol}-open" if is_training else style.symbol,
                    "size": 7,
                    "maxdisplayed": _SYMBOLS_A_LINE,
                },
                fill="tonexty" if word == "validation" else "none",
                fillcolor=theme.faded(style.color, 0.10),
                hovertemplate=f"{name}: %{{y:{metric.digits}}}<extra></extra>",
            )
    best = history[history["epoch"] == best_epoch(history)] if metric.is_paired else history[:0]
    for row in best.to_dict("records"):
        fig.add_scatter(
            x=[row["epoch"]],
            y=[metric.scale * row[f"val_{metric}"]],
            mode="markers",
            name=f"{prefix}best epoch",
            marker={
                "symbol": "circle-open",
                "size": 15,
                "color": style.color,
                "line": {"width": 2.5, "color": style.color},
            },
            cliponaxis=False,  # whole at the last epoch too
            hovertemplate=(
                f"{prefix}best epoch {row['epoch']:.0f}: %{{y:{metric.digits}}}<extra></extra>"
            ),
        )
    return [np.concatenate(values) for values in whole]


def _add_phases(
    fig: go.Figure, history: pd.DataFrame, metric: Metric, style: Style, *, labelled: bool
) -> None:
    """Adds a thin line where a phase begins; its number, and that its loss is another."""
    if "phase" not in history:
        return
    begins = history["phase"].diff().gt(0)
    for row in history[begins].to_dict("records"):
        x, is_new = row["epoch"] - 0.5, metric is Metric.LOSS and row.get("new_loss", False)
        line = {"color": style.color, "width": 1, "dash": "dash" if is_new else "solid"}
        fig.add_shape(type="line", x0=x, x1=x, yref="paper", y0=0, y1=1, opacity=0.6, line=line)
        if labelled:
            late = x > 0.7 * history["epoch"].max()
            fig.add_annotation(
                x=x,
                yref="paper",
                y=1,
                text=f"phase {row['phase']}" + (", new loss" if is_new else ""),
                showarrow=False,
                xanchor="right" if late else "left",
                yanchor="top",
                font={"size": 12},
            )
