"""The charts of a run's HTML report: plain Plotly figures, readable in both themes.

Text and axes take their colours from the page's style sheet (`html_page`), so nothing here
sets them; marks stand out by at least 3:1 from a light and a dark page.
"""

from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go

from fer_core.evaluation.history import best_epoch
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


def _figure(title: str, *, height: int, showlegend: bool = False) -> go.Figure:
    return theme.figure(title, height=height + 40, showlegend=showlegend)
