"""What a sweep found: its trials on parallel axes, their curves, and which settings mattered."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fer_core import formats
from fer_core.plots import theme

_ROW = 84
"""Pixels from one parallel axis to the next."""
_BEST_WIDTH, _WIDTH = 3.0, 1.4
_FAINTEST, _STRONGEST = 0.18, 0.85
_ACCURACY = "val_accuracy"
_MOST_CHOICES_NAMED = 8
_MOST_LINES = 200


@dataclass(frozen=True)
class Axis:
    """One setting: its column in the table, its `choices` from left to right, or the numbers from
    `low` to `high`, evenly or logarithmically placed.
    """

    name: str
    choices: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 1.0
    log: bool = False

    def place(self, value: Any) -> float:
        """Where a value stands, 0-1."""
        if self.choices:
            return (self.choices.index(value) + 0.5) / len(self.choices)
        low, high, at = (
            np.log([self.low, self.high, value])
            if self.log
            else np.array([self.low, self.high, value], float)
        )
        return float((at - low) / (high - low)) if high > low else 0.5

    def ticks(self) -> list[tuple[float, str]]:
        """Places and texts of what stands along the axis."""
        if self.choices:
            named = self.choices[:_MOST_CHOICES_NAMED]
            return [(self.place(choice), formats.setting_text(choice)) for choice in named]
        middle = np.sqrt(self.low * self.high) if self.log else (self.low + self.high) / 2
        return [(self.place(value), f"{value:.3g}") for value in (self.low, middle, self.high)]


def parallel_figure(
    table: pd.DataFrame, axes: Sequence[Axis], best: int | None = None
) -> go.Figure:
    """Every trial as a line from axis to axis, its accuracy on validation at the bottom; the `best`
    one, by number, in another colour and on top.

    Args:
        table: `fer_core.scale.sweep_files.trial_table`; trials without accuracy are left out, and
            of many all but the best 200.
        axes: of the settings, in the order in which they stand.
        best: the trial that stands out; None for none.
    """
    known = table.dropna(subset=["val_accuracy"]).sort_values("val_accuracy").tail(_MOST_LINES)
    known = known.sort_values("trial", key=lambda number: number == best, kind="stable")
    low, high = _range(known["val_accuracy"])
    rows = [*axes, Axis(_ACCURACY, low=low, high=high)]
    fig = theme.figure(
        _parallel_title(known, best),
        height=72 + _ROW * len(rows),
        showlegend=False,
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 60, "b": 8},
    )
    heights = [float(len(rows) - 1 - number) for number in range(len(rows))]
    for axis, height in zip(rows, heights, strict=True):
        _add_axis(fig, axis, height)
    strengths = np.linspace(_FAINTEST, _STRONGEST, len(known))
    for strength, (_, row) in zip(strengths, known.iterrows(), strict=True):
        is_best = row["trial"] == best
        fig.add_scatter(
            x=[axis.place(row[axis.name]) for axis in rows],
            y=heights,
            mode="lines+markers",
            line={
                "color": theme.SECOND if is_best else theme.faded(theme.ACCENT, float(strength)),
                "width": _BEST_WIDTH if is_best else _WIDTH,
            },
            marker={"size": 8 if is_best else 5},
            name=f"trial {row['trial']}",
            text=[_hover(row, axes)] * len(rows),
            hovertemplate="%{text}<extra></extra>",
            cliponaxis=False,
        )
    plain = {"showgrid": False, "fixedrange": True, "title_text": ""}
    fig.update_xaxes(range=[-0.03, 1.03], showticklabels=False, **plain)
    names = [_axis_name(axis) for axis in rows]
    fig.update_yaxes(range=[-0.4, len(rows) - 0.8], tickvals=heights, ticktext=names, **plain)
    return fig


def curves_figure(
    histories: Mapping[int, pd.DataFrame], best: int | None, going: Collection[int] = ()
) -> go.Figure:
    """Accuracy on validation of each trial by epoch; the `best` one, by number, stands out. A cross
    ends the line of a trial that ended before the last epoch of the longest; those that are still
    `going` have none.

    `histories` are `Run.history`, of at least one epoch each.
    """
    longest = max((int(each["epoch"].iloc[-1]) for each in histories.values()), default=1)
    early = {
        number
        for number, each in histories.items()
        if int(each["epoch"].iloc[-1]) < longest and number not in going
    }
    fig = theme.figure(
        _curves_title(len(histories), len(early), longest),
        height=340,
        showlegend=False,
        hovermode="closest",
        xaxis_title="epoch",
        yaxis_title="validation accuracy (%)",
        uirevision="trials",
    )
    for number in sorted(histories, key=lambda each: each == best):
        history, is_best = histories[number], number == best
        epoch, accuracy = history["epoch"], 100 * history["val_accuracy"]
        ends_early = number in early
        sizes = [0] * (len(history) - 1) + [9 if ends_early or len(history) == 1 else 0]
        fig.add_scatter(
            x=epoch,
            y=accuracy,
            mode="lines+markers",
            line={
                "color": theme.SECOND if is_best else theme.faded(theme.ACCENT, 0.45),
                "width": _BEST_WIDTH if is_best else _WIDTH,
            },
            marker={
                "symbol": "x-thin-open" if ends_early else "circle",
                "size": sizes,
                "color": theme.SECOND if is_best else theme.ACCENT,
            },
            name=f"trial {number}",
            hovertemplate=f"trial {number}, epoch %{{x}}: %{{y:.1f}} %<extra></extra>",
        )
    fig.update_xaxes(range=[0, longest * 1.02], dtick=1 if longest <= 5 else None)
    return fig


def importance_figure(importance: Mapping[str, float]) -> go.Figure:
    """Share of the differences in accuracy that goes with each setting, the largest on top."""
    ordered = sorted(importance.items(), key=lambda pair: pair[1])
    names, shares = [name for name, _ in ordered], [100 * share for _, share in ordered]
    fig = theme.figure(
        f"What mattered most: {names[-1]}, {shares[-1]:.1f} %",
        height=92 + 30 * len(names),
        showlegend=False,
        xaxis_title="share of the differences in accuracy (%)",
    )
    fig.add_bar(
        x=shares,
        y=names,
        orientation="h",
        marker={"color": theme.ACCENT, "line": {"width": 1, "color": theme.OUTLINE}},
        hovertemplate="%{y}: %{x:.1f} %<extra></extra>",
    )
    fig.update_xaxes(range=[0, 100], dtick=25)
    return fig


def _add_axis(fig: go.Figure, axis: Axis, height: float) -> None:
    """The line of one axis and its values under it."""
    fig.add_scatter(
        x=[0, 1],
        y=[height, height],
        mode="lines",
        line={"color": theme.NEUTRAL_COLOR, "width": 1},
        hoverinfo="skip",
    )
    for place, words in axis.ticks():
        shown = f"{100 * float(words):.1f} %" if axis.name == _ACCURACY else words
        anchor = "left" if place < 0.05 else "right" if place > 0.95 else "center"
        fig.add_annotation(
            x=place,
            y=height,
            text=shown,
            xanchor=anchor,
            yanchor="top",
            yshift=-7,
            showarrow=False,
            font={"size": 12},
            bgcolor="rgba(0,0,0,0)",  # a style sheet gives it the page's, so that lines pass behind
            borderpad=1,
        )


def _axis_name(axis: Axis) -> str:
    return (
        "validation<br>accuracy" if axis.name == _ACCURACY else axis.name.replace("_", "_<br>", 1)
    )


def _range(values: pd.Series) -> tuple[float, float]:
    if values.empty:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    return (low, high) if high > low else (max(0.0, low - 0.01), min(1.0, high + 0.01))


def _parallel_title(known: pd.DataFrame, best: int | None) -> str:
    if known.empty:
        return "Trials appear here after their first epoch"
    if best is None:
        return "Which settings go with accuracy?"
    accuracy = known["val_accuracy"][known["trial"] == best].max()
    return f"Trial {best} is best: {formats.percent(accuracy)}"


def _curves_title(trials: int, early: int, longest: int) -> str:
    if not trials:
        return "Curves appear after the first epoch"
    if early:
        return f"{early} of {formats.counted(trials, 'trial')} ended before epoch {longest}"
    return f"{formats.counted(trials, 'trial')}, {formats.counted(longest, 'epoch')}"


def _hover(row: pd.Series, axes: Sequence[Axis]) -> str:
    settings = "<br>".join(f"{a.name} {formats.setting_text(row[a.name])}" for a in axes)
    accuracy = formats.percent(row["val_accuracy"])
    return f"<b>trial {row['trial']}</b>, {accuracy}<br>{settings}"
