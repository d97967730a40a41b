"""The map of faces: a point a face, in the colour of its label, its answer or whether it is right.

Groups are told by their names, which stand in the legend and on the map, not by colour alone.
"""

from collections.abc import Iterator
from enum import StrEnum

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from fer_core.classes import CLASS_COLORS, CLASS_NAMES
from fer_core.evaluation.face_map import Placed
from fer_core.plots import theme

CONFIG = {**theme.CONFIG, "modeBarButtonsToRemove": ["autoScale2d"]}
"""For whoever shows the map: with the tools that select."""
_RIGHT, _WRONG = "right", "wrong"
_MARGIN = 0.03
"""Room around the faces, as a share of the map."""


class ColorBy(StrEnum):
    """LABEL: the class in the data set. PREDICTION: the run's answer. ERROR: whether they agree."""

    LABEL = "label"
    PREDICTION = "prediction"
    ERROR = "error"


def map_figure(shown: Placed, color_by: ColorBy, title: str, *, around: Placed) -> go.Figure:
    """Draws `shown`; each point carries its row among them. The axes hold the faces of `around`, so
    that the map stays in place while it is filtered.
    """
    fig = theme.figure(
        title,
        height=500,
        margin={"b": 60},
        dragmode="lasso",
        hovermode="closest",
        # Below: the tools that select stand above.
        legend={"itemsizing": "constant", "y": -0.02, "yanchor": "top"},
        uirevision="map",
    )
    names = np.array(CLASS_NAMES)
    true, predicted = names[shown.predictions.y_true], names[shown.predictions.y_pred]
    for name, color, rows in _groups(shown, color_by):
        fig.add_scattergl(
            x=shown.place[rows, 0],
            y=shown.place[rows, 1],
            mode="markers",
            name=name,
            marker={"size": 4, "color": color, "opacity": 0.75},
            customdata=np.column_stack([rows.astype(object), true[rows], predicted[rows]]),
            hovertemplate="labelled %{customdata[1]}, answered %{customdata[2]}<extra></extra>",
        )
        if color_by is not ColorBy.ERROR:
            x, y = np.median(shown.place[rows], axis=0).tolist()
            fig.add_annotation(
                x=x, y=y, text=name, showarrow=False, font={"size": 13}, bgcolor=theme.GRID
            )
    for axis, values in zip("xy", around.place.T, strict=True):
        if len(values):
            low, high = float(values.min()), float(values.max())
            pad = _MARGIN * (high - low) or 1.0
            fig.update_layout({f"{axis}axis": {"range": [low - pad, high + pad]}})
    fig.update_xaxes(showticklabels=False, showgrid=False)
    fig.update_yaxes(showticklabels=False, showgrid=False)
    return fig


def _groups(shown: Placed, color_by: ColorBy) -> Iterator[tuple[str, str, NDArray[np.intp]]]:
    """Name, colour and rows of each group that has a face."""
    predictions = shown.predictions
    if color_by is ColorBy.ERROR:
        wrong = (predictions.y_true != predictions.y_pred).astype(int)
        colors = {_RIGHT: theme.NEUTRAL_COLOR, _WRONG: theme.SECOND}
        group = wrong
    else:
        colors = {name: CLASS_COLORS[name] for name in CLASS_NAMES}
        group = predictions.y_true if color_by is ColorBy.LABEL else predictions.y_pred
    for number, (name, color) in enumerate(colors.items()):
        rows = np.flatnonzero(group == number)
        if len(rows):
            yield name, color, rows
