"""Training curves of several runs on one axis.

A run is one colour, with its name right of the plot. Validation is solid, training dotted; a
ring marks its best value and a short stroke across a line the first epoch of a phase.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from fer_core import formats
from fer_core.evaluation.history import best_epoch, rises_from, smooth
from fer_core.plots import theme
from fer_core.plots.end_labels import LINE_HEIGHT, EndLabel, add_names, room_for, short
from fer_core.plots.history import AXIS_TITLES, Metric
from fer_core.plots.run_styles import Style

MOST_IN_ONE_HOVER = 15
"""Runs whose values fit into one box; of more, the nearest is told."""
_TOP, _FOOT = 52, 56
"""Pixels above the plot, for title and buttons, and below it."""
_LOWEST, _HIGHEST = 268, 460
"""Pixels of a figure of few and of many runs."""
_BEYOND = 1.04
"""End of the x axis, in last epochs, where lines lead to the names."""
_MARKS_A_LINE = 8
_EARLY_SHARE = 0.05
"""Of the epochs, those at the start whose losses do not stretch the axis."""
_FROM_ZERO = (Metric.GAP, Metric.LEARNING_RATE, Metric.SECONDS)
_QUESTIONS = {
    Metric.GAP: "How far do training and validation part?",
    Metric.LEARNING_RATE: "How large were the steps?",
    Metric.SECONDS: "How long did an epoch take?",
}


class _Line(NamedTuple):
    """Values of one line by epoch, float64 (n,) each, in the unit of the axis."""

    epoch: NDArray[np.float64]
    value: NDArray[np.float64]


def curves_figure(
    histories: Mapping[str, pd.DataFrame],
    drawn_as: Mapping[str, Style],
    metric: Metric,
    *,
    weight: float = 0.0,
    log: bool = False,
    training: bool = False,
) -> go.Figure:
    """One metric of several runs, on a logarithmic axis where `log`.

    Args:
        histories: of at least one epoch each; losses are of one kind
            (`evaluation.history.losses_of_kind`). The first are named where there is no room
            for all names.
        drawn_as: style of each run.
        metric: what is drawn.
        weight: of the past in a moving average, 0 to below 1.
        log: whether the y axis is logarithmic.
        training: whether accuracy and loss of training are drawn too.
    """
    plot = _plot_height(len(histories))
    fig = theme.figure(
        _title(histories, metric),
        height=_TOP + plot + _FOOT,
        showlegend=False,
        hovermode="x unified" if len(histories) <= MOST_IN_ONE_HOVER else "closest",
        margin={"r": room_for(histories), "t": _TOP},
        uirevision=f"{metric} {log}",  # zoom stays as it is while a run goes on
    )
    lines, shown = [], []
    for name, history in histories.items():
        epoch, style = history["epoch"].to_numpy(float), drawn_as[name]
        for column in metric.columns:
            is_training = metric.is_paired and column == metric
            if is_training and not training and history[metric.columns[1]].notna().any():
                continue
            values = metric.scale * smooth(history[column].to_numpy(float), weight)
            known = np.isfinite(values) & ((values > 0) | (not log))
            if known.any():
                line = _Line(epoch, np.where(known, values, np.nan))
                _add_line(fig, name, line, metric, style, is_training=is_training)
                lines.append(line)
                last = (name, style, history, line)
        # The last line bears the name; a run that diverged at once has none.
        if lines and last[0] == name:
            shown.append(last)
            _add_marks(fig, *last, metric)
    _set_axes(fig, lines, metric, log=log)
    if shown:
        low, high = fig.layout.yaxis.range
        edge = fig.layout.xaxis.range[1]
        ends = [_end(name, style, line, log=log) for name, style, _, line in shown]
        add_names(fig, ends, edge, low, high, plot, log=log)
    return fig


def most_named(runs: int) -> int:
    """How many of so many runs have their name beside the plot."""
    return min(runs, _plot_height(runs) // LINE_HEIGHT)


def _plot_height(runs: int) -> int:
    return int(np.clip(LINE_HEIGHT * (runs + 1), _LOWEST - _TOP - _FOOT, _HIGHEST - _TOP - _FOOT))


def _title(histories: Mapping[str, pd.DataFrame], metric: Metric) -> str:
    """What the runs show, or the question that the figure answers."""
    if metric is Metric.ACCURACY:
        best = {name: each["val_accuracy"].max() for name, each in histories.items()}
        best = {name: value for name, value in best.items() if value == value}
        if best:
            name = max(best, key=best.__getitem__)
            epoch = best_epoch(histories[name])
            percent = formats.percent(best[name])
            return f"Best on validation: {short(name)}, {percent} in epoch {epoch}"
        return "Accuracy on training images"
    if metric is Metric.LOSS:
        rising = {name: found for name, each in histories.items() if (found := rises_from(each))}
        if rising:
            name = max(rising, key=lambda name: rising[name][1])
            if others := len(rising) - 1:
                return f"Overfit: {short(name)} from epoch {rising[name][0]}, and {others} more"
            if sum(each["val_loss"].notna().any() for each in histories.values()) > 1:
                return f"Only {short(name)} overfits, from epoch {rising[name][0]}"
            return f"Overfits: {short(name)}, loss rises from epoch {rising[name][0]}"
        lowest = {name: each["val_loss"].min() for name, each in histories.items()}
        lowest = {name: value for name, value in lowest.items() if value == value}
        if lowest:
            name = min(lowest, key=lowest.__getitem__)
            return f"Lowest validation loss: {short(name)}, {lowest[name]:.3f}"
        return "Loss on training images"
    return _QUESTIONS[metric]


def _add_line(
    fig: go.Figure, name: str, line: _Line, metric: Metric, style: Style, *, is_training: bool
) -> None:
    word = ", training" if is_training else ""
    fig.add_scatter(
        x=line.epoch,
        y=line.value,
        mode="lines+markers" if style.is_marked or np.isfinite(line.value).sum() == 1 else "lines",
        name=f"{name}{word}",
        line={
            "color": style.color,
            "width": 1.4 if is_training else 2,
            "dash": "dot" if is_training else "solid",
        },
        marker={"symbol": style.symbol, "size": 7, "maxdisplayed": _MARKS_A_LINE},
        hovertemplate=f"{name}{word}: %{{y:{metric.digits}}}{metric.unit}<extra></extra>",
    )


def _add_marks(
    fig: go.Figure, name: str, style: Style, history: pd.DataFrame, line: _Line, metric: Metric
) -> None:
    """Adds a ring at the best value on validation, and strokes where phases begin."""
    looks = {}
    if metric.is_paired and history[column := f"val_{metric}"].notna().any():
        values = history[column]
        best = values.idxmax() if metric is Metric.ACCURACY else values.idxmin()
        looks["circle-open"] = (history.index == best, 11, "best")
    if "phase" in history:
        looks["line-ns-open"] = (history["phase"].diff().gt(0), 12, "new phase")
    for symbol, (where, size, word) in looks.items():
        if where.any():
            fig.add_scatter(
                x=line.epoch[where],
                y=line.value[where],
                mode="markers",
                name=f"{name}, {word}",
                marker={
                    "symbol": symbol,
                    "size": size,
                    "color": style.color,
                    "line": {"width": 2, "color": style.color},
                },
                hoverinfo="skip",
            )


def _set_axes(fig: go.Figure, lines: list[_Line], metric: Metric, *, log: bool) -> None:
    """Ranges that hold every line, but for losses before learning set in."""
    last = max((line.epoch.max() for line in lines), default=1.0)
    fig.update_xaxes(
        title_text="epoch", range=[0, _BEYOND * last], unifiedhovertitle={"text": "epoch %{x}"}
    )
    drawn = [line.value[_counts(line, metric)] for line in lines]
    values = np.concatenate([*drawn, np.ones(0)])
    values = values[np.isfinite(values)]
    if not len(values):
        fig.update_yaxes(title_text=AXIS_TITLES[metric])
        return
    if not log and metric in _FROM_ZERO:
        values = np.append(values, 0.0)
    evenly = np.log10(values) if log else values
    low, high = float(evenly.min()), float(evenly.max())
    pad = 0.06 * (high - low) or 0.05 * max(abs(high), 0.1)
    fig.update_yaxes(title_text=AXIS_TITLES[metric], range=[low - pad, high + pad])
    if log:
        fig.update_yaxes(type="log", dtick="D2", tickformat=".3~g")  # else 0.5 reads as 5
    hidden = max(np.nanmax(line.value) for line in lines)
    top = 10 ** (high + pad) if log else high + pad
    if hidden > top:
        fig.add_annotation(
            text=f"↑ up to {hidden:{metric.digits}} at the start",
            xref="paper",
            x=0,
            yref="paper",
            y=1,
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
            font={"size": 12},
        )


def _counts(line: _Line, metric: Metric) -> NDArray[np.bool_]:
    """Which epochs of a line the y axis has to hold: all of one that ends where it began."""
    if metric is not Metric.LOSS or len(line.epoch) < 4:
        return np.ones(len(line.epoch), bool)
    later = line.epoch > max(1.0, _EARLY_SHARE * line.epoch.max())
    return later if np.isfinite(line.value[later]).any() else np.isfinite(line.value)


def _end(name: str, style: Style, line: _Line, *, log: bool) -> EndLabel:
    row = np.flatnonzero(np.isfinite(line.value))[-1]
    y = float(np.log10(line.value[row]) if log else line.value[row])
    text = f"{style.sign} {name}" if style.is_marked else name
    return EndLabel(text, style.color, float(line.epoch[row]), y)
