"""What each training technique brings."""

import pandas as pd
import plotly.graph_objects as go

from fer_core.plots import theme


def ablation_figure(table: pd.DataFrame) -> go.Figure:
    """Accuracy with its interval, the best variant on top, the baseline as a line; `table` is that
    of `fer_core.reference.published.ablation`, with at least one row.
    """
    ordered = table.sort_values("accuracy", ascending=False)
    best = ordered.iloc[0]
    fig = theme.figure(
        f"Best: {best['variant']}, {100 * best['accuracy']:.1f} %",
        height=120 + 34 * len(ordered),
        xaxis_title="accuracy on all test images (%)",
        showlegend=False,
    )
    theme.add_intervals(
        fig,
        ordered["variant"],
        *(100 * ordered[column] for column in ("accuracy", "low", "high")),
        hovertemplate="%{y}: %{x:.1f} %<extra></extra>",
    )
    for accuracy in table.loc[table["variant"] == "baseline", "accuracy"]:
        fig.add_vline(x=100 * accuracy, line=theme.REFERENCE_LINE)
    return fig
