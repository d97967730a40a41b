"""The charts of a run's HTML report: plain Plotly figures, readable in both themes.

Text and axes take their colours from the page's style sheet (`html_page`), so nothing here
sets them; marks stand out by at least 3:1 from a light and a dark page.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from fer_core.classes import CLASS_COLORS
from fer_core.evaluation.calibration import Coverage
from fer_core.evaluation.history import best_epoch
from fer_core.evaluation.robustness import measure
from fer_core.evaluation.roc import Curve
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


def reliability_chart(after: pd.DataFrame, before: pd.DataFrame) -> Chart:
    """Confidence against accuracy with and without the temperature.

    Args:
        after: of `calibration.reliability`, of the scores as the model gives them.
        before: of the same scores without the temperature.
    """
    fig = _figure("Can its confidence be believed?", height=380, showlegend=True)
    fig.add_scatter(
        x=[0, 100],
        y=[0, 100],
        mode="lines",
        name="as it should be",
        line={"color": _OUTLINE, "dash": "dot", "width": 1},
        hoverinfo="skip",
    )
    for table, name, color, symbol in (
        (before, "without temperature", NEUTRAL, "diamond-open"),
        (after, "as the model answers", ACCENT, "circle"),
    ):
        known = table[table["n"] > 0]
        fig.add_scatter(
            x=100 * known["confidence"],
            y=100 * known["accuracy"],
            customdata=known["n"],
            mode="lines+markers",
            name=name,
            line={"color": color, "width": 2},
            marker={"symbol": symbol, "size": 8},
            hovertemplate="confidence %{x:.1f} %: %{y:.1f} % right, %{customdata:,} images"
            f"<extra>{name}</extra>",
        )
    fig.update_xaxes(title_text="confidence (%)", range=[0, 100])
    fig.update_yaxes(title_text="right answers (%)", range=[0, 100])
    return Chart(
        fig, "Share of right answers against confidence, in 15 bins; the table below has them."
    )


def coverage_chart(coverage: Coverage, abstain_below: float | None) -> Chart:
    """Accuracy of the answers that remain when the model abstains below a confidence."""
    rows = _thinned(len(coverage.threshold))
    fig = _figure("What remains if it may say 'not sure'?", height=340)
    fig.add_scatter(
        x=100 * coverage.coverage[rows],
        y=100 * coverage.accuracy[rows],
        customdata=coverage.threshold[rows],
        mode="lines",
        line={"color": ACCENT, "width": 2},
        hovertemplate="%{x:.1f} % answered, %{y:.1f} % of them right; confidence from "
        "%{customdata:.2f}<extra></extra>",
    )
    alt = "Accuracy of the answers over the share of images that are answered."
    if abstain_below is not None and len(coverage.threshold):
        i = min(
            int(np.searchsorted(coverage.threshold, abstain_below)), len(coverage.threshold) - 1
        )
        share, accuracy = 100 * coverage.coverage[i], 100 * coverage.accuracy[i]
        fig.add_scatter(
            x=[share],
            y=[accuracy],
            mode="markers+text",
            text=[f"not sure below {abstain_below:.2f}"],
            textposition="top right" if share < 50 else "top left",
            marker={"size": 11, "color": OTHER, "line": {"width": 1, "color": _OUTLINE}},
            hovertemplate="%{x:.1f} % answered, %{y:.1f} % right<extra></extra>",
        )
        alt += f" At the app's threshold {share:.0f} % are answered, {accuracy:.0f} % rightly."
    fig.update_xaxes(title_text="images answered (%)", range=[0, 102])
    fig.update_yaxes(title_text="right answers (%)")
    return Chart(fig, alt)


def ranking_chart(curves: dict[str, Curve]) -> Chart:
    """Recall over false positives, a line a class (ROC)."""
    fig = _figure("How well does each score rank its class first?", height=400, showlegend=True)
    for i, (name, curve) in enumerate(curves.items()):
        rows = _thinned(len(curve.recall))
        _add_class_line(
            fig, i, name, 100 * curve.false_positive_rate[rows], 100 * curve.recall[rows]
        )
    fig.add_scatter(
        x=[0, 100],
        y=[0, 100],
        mode="lines",
        name="chance",
        line={"color": _OUTLINE, "dash": "dot", "width": 1},
        hoverinfo="skip",
    )
    fig.update_xaxes(title_text="other faces found by mistake (%)", range=[0, 100])
    fig.update_yaxes(title_text="faces of the class found (%)", range=[0, 101])
    return Chart(fig, "ROC curves, one class against the rest; the areas stand in the table below.")


def precision_chart(curves: dict[str, Curve]) -> Chart:
    """Precision over recall, a line a class."""
    fig = _figure("What does finding more of a class cost?", height=400, showlegend=True)
    for i, (name, curve) in enumerate(curves.items()):
        rows = _thinned(len(curve.recall))
        _add_class_line(fig, i, name, 100 * curve.recall[rows], 100 * curve.precision[rows])
    fig.update_xaxes(title_text="faces of the class found (%)", range=[0, 100])
    fig.update_yaxes(title_text="of those found, of the class (%)", range=[0, 101])
    return Chart(fig, "Precision over recall by class; average precision stands in the table.")


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


def _add_class_line(
    fig: go.Figure, i: int, name: str, x: NDArray[np.float64], y: NDArray[np.float64]
) -> None:
    fig.add_scatter(
        x=x,
        y=y,
        name=name,
        mode="lines",
        line={"color": CLASS_COLORS[name], "dash": _DASHES[i], "width": 2},
        hovertemplate=f"{name}: %{{y:.1f}} % at %{{x:.1f}} %<extra></extra>",
    )


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


def _thinned(n: int) -> NDArray[np.intp]:
    """At most `_POINTS` rows of `n`, evenly, the first and the last among them."""
    return np.unique(np.linspace(0, max(n - 1, 0), min(n, _POINTS)).astype(np.intp))
