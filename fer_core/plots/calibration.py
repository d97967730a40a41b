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
    hover = "confidence %{customdata[1]:.1%}<br>accuracy %{y:.1%}<br>%{customdata[0]:,} images"
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
    return fig.update_xaxes(range=[0, 1.005], tickformat=".0%").update_yaxes(
        range=[0, 1.03], tickformat=".0%"
    )


def answered_headline(answered: Answered) -> str:
    """What remains at a threshold, and how much of that is right."""
    above = f"From {formats.percent(answered.threshold)} confidence on"
    if not answered.images:
        return f"{above} it answers none of the images"
    return (
        f"{above} it answers {formats.percent(answered.coverage)} of the images; "
        f"{formats.percent(answered.accuracy)} of those are right"
    )


def coverage_figure(
    curve: Coverage, answered: Answered | None, chosen: Answered | None = None
) -> go.Figure:
    """Accuracy over the share of images (at least one) that is answered when the model abstains
    below a confidence; `answered`, at the threshold that the app uses, is marked, and so is the
    one that a visitor has `chosen`, of which the title speaks.
    """
    fig = theme.figure(
        coverage_headline(curve) if chosen is None else answered_headline(chosen),
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
        hovertemplate="confidence from %{customdata:.1%} on" + hover,
    )
    if answered is not None and answered.images:
        fig.add_scatter(
            x=[100 * answered.coverage],
            y=[100 * answered.accuracy],
            mode="markers+text",
            marker=theme.marker(theme.SECOND, symbol="diamond"),
            text=[f"the app's threshold, {formats.percent(answered.threshold)}"],
            textposition="top right" if answered.coverage < 0.6 else "bottom left",
            hovertemplate="confidence from the app's threshold on" + hover,
        )
    if chosen is not None and chosen.images:
        fig.add_scatter(
            x=[100 * chosen.coverage],
            y=[100 * chosen.accuracy],
            mode="markers",
            marker=theme.marker(theme.ACCENT, size=13),
            hovertemplate="confidence from the chosen threshold on" + hover,
        )
    return fig.update_xaxes(range=[0, 101])
