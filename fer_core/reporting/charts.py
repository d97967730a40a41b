"""The charts of a run's HTML report: plain Plotly figures, readable in both themes.

Text and axes take their colours from the page's style sheet (`html_page`), so nothing here
sets them; marks stand out by at least 3:1 from a light and a dark page.
"""

from typing import Any, NamedTuple

import pandas as pd
import plotly.graph_objects as go

from fer_core.evaluation.history import best_epoch
from fer_core.evaluation.robustness import measure
from fer_core.plots import theme

ACCENT = "#3E7FBF"
OTHER = "#C4661F"
NEUTRAL = "#7D8794"
_OUTLINE = "rgba(125,135,148,0.9)"
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
_POINTS = 300
"""A drawn curve has at most so many points; figures beside it count all of them."""


class Chart(NamedTuple):
    """A figure and, in words, what it shows for those who cannot see it."""

    figure: go.Figure
    alt: str


def history_chart(history: pd.DataFrame, metric: str, title: str, unit: str) -> Chart:
    """Training (dashed) and validation (solid) of `metric`, `accuracy` or `loss`, by epoch."""
    scale = 100.0 if metric == "accuracy" else 1.0
    fig = _figure(title, height=340, showlegend=True)
    for column, name, dash, color in (
        (metric, "training", "dash", NEUTRAL),
        (f"val_{metric}", "validation", "solid", ACCENT),
    ):
        fig.add_scatter(
            x=history["epoch"],
            y=scale * history[column],
            name=name,
            mode="lines+markers",
            line={"dash": dash, "color": color, "width": 2},
            marker={"size": 5},
            hovertemplate=f"{name}, epoch %{{x}}: %{{y:.3f}}<extra></extra>",
        )
    best = best_epoch(history)
    if best is not None:
        fig.add_vline(x=best, line={"color": _OUTLINE, "width": 1, "dash": "dot"})
    fig.update_xaxes(title_text="epoch")
    fig.update_yaxes(title_text=f"{metric} ({unit})")
    last = history.iloc[-1]
    return Chart(
        fig,
        f"{metric.capitalize()} by epoch; at the end training {scale * last[metric]:.2f}, "
        f"validation {scale * last[f'val_{metric}']:.2f} {unit}.",
    )


def robustness_chart(table: pd.DataFrame) -> Chart:
    """Accuracy with its interval under each corruption, a row each."""
    worst, clean = measure.hardest(table), table.iloc[0]
    fig = _figure(
        f"{worst['title'].capitalize()} costs the most: {100 * clean['accuracy']:.0f} % falls to "
        f"{100 * worst['accuracy']:.0f} %",
        height=120 + 28 * len(table),
    )
    fig.add_scatter(
        x=100 * table["accuracy"],
        y=table["title"],
        mode="markers",
        marker={"size": 10, "color": ACCENT, "line": {"width": 1, "color": _OUTLINE}},
        error_x=_bars(*(100 * table[f"accuracy{end}"] for end in ("", "_low", "_high"))),
        hovertemplate="%{y}: %{x:.1f} %<extra></extra>",
    )
    fig.add_vline(x=100 * clean["accuracy"], line={"color": _OUTLINE, "width": 1, "dash": "dot"})
    fig.update_xaxes(title_text="accuracy (%)", rangemode="tozero")
    fig.update_yaxes(autorange="reversed", dtick=1)
    return Chart(
        fig, "Accuracy under each corruption with its interval; the values stand in the table."
    )


def _figure(title: str, *, height: int, showlegend: bool = False) -> go.Figure:
    return theme.figure(title, height=height + 40, showlegend=showlegend)


def _bars(value: Any, low: Any, high: Any) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": high - value,
        "arrayminus": value - low,
        "color": NEUTRAL,
        "thickness": 1.5,
        "width": 4,
    }
