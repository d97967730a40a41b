"""The seven probabilities of a face over time, of a video and of the camera."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from fer_core.plots import theme


def timeline_figure(
    title: str,
    seconds: NDArray[np.floating],
    scores: NDArray[np.floating],
    span: tuple[float, float],
    **layout: Any,
) -> go.Figure:
    """A line a class through the probabilities (n, 7), broken where they are NaN because the face
    was not seen; a moment alone between two breaks is a point. `span` is the first and last second
    of the axis.
    """
    # The legend stands below, where a narrow window may give it more lines.
    legend = {"y": -0.25, "yanchor": "top"}
    fig = theme.figure(title, legend=legend, hovermode="x unified", **layout)
    seen = np.pad(np.isfinite(scores).all(axis=1), 1)
    alone = seen[1:-1] & ~seen[:-2] & ~seen[2:]
    look: dict[str, Any] = {"mode": "lines", "connectgaps": False}
    if alone.any():
        look |= {"mode": "lines+markers", "marker": {"size": np.where(alone, 5, 0)}}
    theme.add_class_lines(fig, seconds, 100 * scores.T, hovertemplate="%{y:.0f} %", **look)
    fig.update_xaxes(range=span, ticksuffix=" s")
    return fig.update_yaxes(range=[0, 101], ticksuffix=" %")
