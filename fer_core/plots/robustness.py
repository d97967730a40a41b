"""Accuracy and predictions on corrupted images."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.evaluation.robustness import measure
from fer_core.plots import theme

_HEIGHT = 460
STRONGEST_RATIO = 3.0
"""Predicted over true share from which on the shade is the darkest."""


def accuracy_headline(table: pd.DataFrame) -> str:
    """Which corruption lowers the accuracy most, and from where to where."""
    clean, worst = table["accuracy"].iloc[0], measure.hardest(table)
    before, after = formats.percent(clean), formats.percent(worst["accuracy"])
    if worst["accuracy"] >= clean or before == after:
        return f"No corruption lowers its accuracy of {before}"
    alike = [
        title
        for title, value in zip(table["title"], table["accuracy"], strict=True)
        if formats.percent(value) == after
    ]
    if len(alike) > 1:
        return f"{len(alike)} corruptions are the hardest: {before} falls to {after}"
    return f"Hardest corruption: {worst['title']}, {before} falls to {after}"


def share_headline(table: pd.DataFrame) -> str:
    """Which class is most over-predicted, of those that hold over `measure.COMMON_SHARE` of the
    images, its predicted share over its true one, and where.
    """
    most = measure.most_over_predicted(table)
    if most is None:
        return "Share of the answers that each class gets"
    times = f"{most['worst_ratio']:.1f}"
    if float(times) <= 1:
        return "No common class is over-predicted"
    over = f"{most['worst_class']}, {times} times its true share"
    return f"Most over-predicted: {over} ({most['title']})"


def accuracy_figure(run_id: str, table: pd.DataFrame) -> go.Figure:
    """Accuracy with its interval, a row a corruption, from the `robustness.csv` of a run."""
    fig = theme.figure(
        accuracy_headline(table), height=_HEIGHT, xaxis_title="accuracy (%)", showlegend=False
    )
    theme.add_intervals(
        fig,
        table["title"],
        *(100 * table[f"accuracy{end}"] for end in ("", "_low", "_high")),
        hovertemplate=f"%{{y}}: %{{x:.1f}} %<extra>{run_id}</extra>",
    )
    fig.add_vline(x=100 * table["accuracy"].iloc[0], line=theme.REFERENCE_LINE)
    return fig.update_xaxes(rangemode="tozero")


def share_figure(table: pd.DataFrame) -> go.Figure:
    """Share of the predictions that each class gets under each corruption, shaded by its ratio
    to the true share, which is the first row; from the `robustness.csv` of a run.
    """
    predicted = 100 * table[list(measure.PREDICTED)].to_numpy(float)
    true = 100 * table[list(measure.TRUE)].iloc[0].to_numpy(float)
    ratios = measure.share_ratios(table)
    titles = table["title"].tolist()
    first = [f"{share:.1f} % are {name}" for share, name in zip(true, CLASS_NAMES, strict=True)]
    hover = [
        [
            f"{title}: {predicted[i, j]:.1f} % called {name}, {true[j]:.1f} % are"
            + (f"<br>{ratios[i, j]:.1f} times as often" if true[j] else "")
            for j, name in enumerate(CLASS_NAMES)
        ]
        for i, title in enumerate(titles)
    ]
    fig = theme.figure(share_headline(table), height=_HEIGHT, margin=theme.MARGIN_WITH_TOP_AXIS)
    theme.add_cells(
        fig,
        np.vstack([np.where(true > 0, 1.0, np.nan), ratios]),
        ["true share", *titles],
        [[f"{share:.1f}" for share in row] for row in (true, *predicted)],
        zmin=0,
        zmax=STRONGEST_RATIO,
        hovertext=[first, *hover],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    fig.update_xaxes(side="top", autotickangles=[0, -90], showgrid=False, ticks="")
    return fig.update_yaxes(autorange="reversed", showgrid=False, ticks="", dtick=1)
