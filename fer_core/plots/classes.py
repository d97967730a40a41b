"""Scores by class with their intervals."""

import pandas as pd
import plotly.graph_objects as go

from fer_core.classes import CLASS_COLORS, CLASS_NAMES
from fer_core.evaluation.metrics import Report
from fer_core.plots import theme


def f1_figure(report: Report, theirs: "pd.Series[float] | None" = None) -> go.Figure:
    """F1 of each class with its interval.

    Args:
        report: of the run.
        theirs: the published F1 by class; None leaves it out.
    """
    ours, names = report.per_class, list(CLASS_NAMES)
    fig = theme.figure(
        "F1 by class" if theirs is None else "F1 by class: this run against the report",
        height=350,
        margin=theme.MARGIN_WITH_LEGEND,
        xaxis_title="F1 (0–1)",
        showlegend=True,
    )
    if theirs is not None:
        fig.add_scatter(
            x=theirs[names],
            y=names,
            mode="markers",
            name="the report",
            marker=theme.open_diamond(),
            hovertemplate="%{y}: %{x:.4f}<extra>the report, all test images</extra>",
        )
    fig.add_scatter(
        x=ours["f1"],
        y=names,
        mode="markers",
        name="this run, 95 % interval",
        marker=theme.marker([CLASS_COLORS[name] for name in names]),
        error_x=theme.interval(ours["f1"], ours["f1_low"], ours["f1_high"]),
        hovertemplate="%{y}: %{x:.4f}<extra>this run</extra>",
    )
    fig.update_yaxes(autorange="reversed")
    fig.update_xaxes(range=[0, 1])
    return fig
