"""ROC and precision-recall curves, a line a class against the rest."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from fer_core import formats
from fer_core.evaluation.roc import Curve
from fer_core.plots import headlines, theme

_LEAST_FOUND = 30
"""Images whose precision is drawn at least: that of fewer jumps with every one of them."""


def roc_figure(curves: Mapping[str, Curve]) -> go.Figure:
    """Recall over false positives of each class with images; the legend gives the areas."""
    areas = {name: curve.auc for name, curve in curves.items()}
    title = headlines.highest_and_lowest("Area under the ROC curve", areas, formats.decimal)
    fig = _figure(title, "false positive rate", "recall (true positive rate)")
    fig.update_layout(
        showlegend=True,
        legend={
            "orientation": "v",
            "font": {"size": 12},
            "x": 0.99,
            "xanchor": "right",
            "y": 0.02,
            "yanchor": "bottom",
        },
    )
    theme.add_diagonal(fig)
    for name, curve in curves.items():
        rows = theme.thinned(curve.recall + np.nan_to_num(curve.false_positive_rate))
        fig.add_scatter(
            x=[0.0, *curve.false_positive_rate[rows]],
            y=[0.0, *curve.recall[rows]],
            mode="lines",
            name=f"{name} {curve.auc:.2f}",
            line=theme.class_line(name),
            hovertemplate="false positive rate %{x:.3f}<br>recall %{y:.3f}"
            f"<extra>{name}, AUC {curve.auc:.4f}</extra>",
        )
    return fig


def precision_recall_figure(curves: Mapping[str, Curve]) -> go.Figure:
    """Precision over recall of each class with images.

    A line starts at `_LEAST_FOUND` found images, as its axis says.
    """
    title = f"recall, from the {_LEAST_FOUND} most confident answers on"
    means = {name: curve.average_precision for name, curve in curves.items()}
    headline = headlines.highest_and_lowest("Average precision", means, formats.decimal)
    fig = _figure(headline, title, "precision")
    # The lines are those of the ROC curves, whose legend names them.
    fig.update_layout(showlegend=False)
    for name, curve in curves.items():
        drawn = np.flatnonzero(curve.found >= min(_LEAST_FOUND, curve.found[-1]))
        place = curve.recall + np.nan_to_num(curve.false_positive_rate)
        rows = drawn[theme.thinned(place[drawn])]
        fig.add_scatter(
            x=curve.recall[rows],
            y=curve.precision[rows],
            mode="lines",
            name=name,
            line=theme.class_line(name),
            hovertemplate="recall %{x:.3f}<br>precision %{y:.3f}"
            f"<extra>{name}, average precision {curve.average_precision:.4f}</extra>",
        )
    return fig


def _figure(title: str, x: str, y: str) -> go.Figure:
    fig = theme.figure(title, height=440, xaxis_title=x, yaxis_title=y)
    return fig.update_xaxes(range=[0, 1.005]).update_yaxes(range=[0, 1.005])
