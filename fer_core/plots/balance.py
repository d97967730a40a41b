"""How the images of the classes differ in brightness."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from fer_core.plots import theme


def histogram(shares: NDArray[np.float64]) -> go.Figure:
    """The distribution of pixel values, a line a class; `shares` is (7, bins), rows sum to 1."""
    width = 256 / shares.shape[1]
    fig = theme.figure(
        "Do the classes differ in brightness?",
        height=380,
        margin={"b": 96},
        # Below, where seven names find room: in a narrow window they take four lines.
        legend={"yref": "container", "y": 0},
        xaxis_title="gray (0 black, 255 white)",
        yaxis_title=f"share of pixels per {width:g} grays (%)",
        showlegend=True,
        hovermode="x unified",
    )
    grays = (np.arange(shares.shape[1]) + 0.5) * width - 0.5
    theme.add_class_lines(fig, grays, 100 * shares, mode="lines", hovertemplate="%{y:.1f} %")
    return fig.update_yaxes(rangemode="tozero")
