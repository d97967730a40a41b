"""Confidence against accuracy, and accuracy against the share of images answered."""

import numpy as np
import plotly.graph_objects as go

from fer_core import formats
from fer_core.evaluation.calibration import Answered, Calibrated, Coverage
from fer_core.plots import theme

_HEIGHT = 400


def calibration_headline(shown: Calibrated) -> str:
    """The expected calibration error, and whether the mean confidence is too high or too low."""
    gap = 100 * (shown.confidence - shown.accuracy)
    where = "equals accuracy"
    if abs(gap) >= 0.05:
        where = f"is {abs(gap):.1f} points too {'high' if gap > 0 else 'low'}"
    return f"Calibration error (ECE) {formats.percent(shown.error)}; mean confidence {where}"


def coverage_headline(curve: Coverage) -> str:
    """How many of its answers are right where it gives about half of them, if it can."""
    middle = int(np.argmin(np.abs(curve.coverage - 0.5)))
    answered, right = curve.coverage[middle], formats.percent(curve.accuracy[middle])
    if answered == 1:
        return f"It answers every image with equal confidence: {right} are right"
    return f"Of its most confident {formats.percent(answered)} of answers, {right} are right"


def reliability_figure(after: Calibrated, before: Calibrated | None) -> go.Figure:
    """The reliability diagram, dotted where confidence equals accuracy: bars `after` the
    temperature, as the model is exported, and open marks `before` it, where there is one.
    """
    fig = theme.figure(
        calibration_headline(after),
        height=_HEIGHT,
        margin=theme.MARGIN_WITH_LEGEND,
        xaxis_title="confidence (probability of the answer)",
        yaxis_title="accuracy of the answers",
        showlegend=True,
    )
    hover = "confidence %{customdata[1]:.3f}<br>accuracy %{y:.3f}<br>%{customdata[0]:,} images"
    bins = after.bins[after.bins["n"] > 0]
    fig.add_bar(
        x=(bins["low"] + bins["high"]) / 2,
        y=bins["accuracy"],
        width=bins["high"] - bins["low"],
        name="as exported",
        marker={
            "color": theme.faded(theme.ACCENT, 0.45),
            "line": {"color": theme.ACCENT, "width": 1.5},
        },
        customdata=bins[["n", "confidence"]],
        hovertemplate=f"{hover}<extra>as exported</extra>",
    )
    theme.add_diagonal(fig)
    if before is not None:
        bins = before.bins[before.bins["n"] > 0]
        fig.add_scatter(
            x=bins["confidence"],
            y=bins["accuracy"],
            mode="markers",
            name="before temperature scaling",
            marker=theme.open_diamond(theme.SECOND),
            customdata=bins[["n", "confidence"]],
            hovertemplate=f"{hover}<extra>before temperature scaling</extra>",
        )
    return fig.update_xaxes(range=[0, 1.005]).update_yaxes(range=[0, 1.03])


def coverage_figure(curve: Coverage, answered: Answered | None) -> go.Figure:
    """Accuracy over the share of images (at least one) that is answered when the model abstains
    below a confidence; `answered`, at the threshold that the app uses, is marked.
    """
    fig = theme.figure(
        coverage_headline(curve),
        height=_HEIGHT,
        xaxis_title="images answered (%)",
        yaxis_title="accuracy of the answers (%)",
        showlegend=False,
    )
    rows = theme.thinned(curve.coverage)
    hover = "<br>%{x:.1f} % answered<br>%{y:.1f} % right<extra></extra>"
    fig.add_scatter(
        x=100 * curve.coverage[rows],
        y=100 * curve.accuracy[rows],
        mode="lines",
        line={"color": theme.ACCENT, "width": 2},
        customdata=curve.threshold[rows],
        hovertemplate="confidence from %{customdata:.3f} on" + hover,
    )
    if answered is not None and answered.images:
        fig.add_scatter(
            x=[100 * answered.coverage],
            y=[100 * answered.accuracy],
            mode="markers+text",
            marker=theme.marker(theme.SECOND, symbol="diamond"),
            text=[f"the app's threshold, {answered.threshold:.2f}"],
            textposition="top right" if answered.coverage < 0.6 else "bottom left",
            hovertemplate="confidence from the app's threshold on" + hover,
        )
    return fig.update_xaxes(range=[0, 101])
