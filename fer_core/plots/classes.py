"""Scores by class with their intervals."""

import pandas as pd
import plotly.graph_objects as go

from fer_core import formats
from fer_core.classes import CLASS_COLORS, CLASS_NAMES
from fer_core.evaluation.metrics import Report
from fer_core.plots import headlines, theme
from fer_core.reference import student_report


def f1_figure(report: Report, theirs: "pd.Series[float] | None" = None) -> go.Figure:
    """F1 of each class in percent with its interval, beside `theirs`, the published F1 (0-1)."""
    ours, names = report.per_class, list(CLASS_NAMES)
    fig = theme.figure(
        _f1_headline(report, theirs),
        height=350,
        margin=theme.MARGIN_WITH_LEGEND,
        xaxis_title="F1 in %",
        showlegend=True,
    )
    if theirs is not None:
        fig.add_scatter(
            x=100 * theirs[names],
            y=names,
            mode="markers",
            name=student_report.NAME,
            marker=theme.open_diamond(),
            hovertemplate="%{y}: %{x:.1f} %"
            f"<extra>{student_report.NAME}, all test images</extra>",
        )
    theme.add_intervals(
        fig,
        names,
        *(100 * ours[f"f1{end}"] for end in ("", "_low", "_high")),
        color=[CLASS_COLORS[name] for name in names],
        name="this run, 95 % interval",
        hovertemplate="%{y}: %{x:.1f} %<extra>this run</extra>",
    )
    return fig.update_xaxes(range=[0, 100])


def _f1_headline(report: Report, theirs: "pd.Series[float] | None") -> str:
    ours = report.per_class.set_index("class")["f1"].dropna()
    if theirs is None:
        return headlines.highest_and_lowest("F1", ours.to_dict(), formats.percent)
    higher = int((ours > theirs[ours.index]).sum())
    return f"F1 is above the student report's for {higher} of the {len(ours)} classes"
