"""What differs between two runs on the same images."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES
from fer_core.plots import theme
from fer_core.plots.confusion import matrix


def difference_figure(difference: NDArray[np.int64], run_id: str, other_id: str) -> go.Figure:
    """The difference of two confusion matrices in images, blue for more, orange for fewer.

    Args:
        difference: (7, 7), of `run_id` minus `other_id`; rows are true classes.
        run_id: the run looked at.
        other_id: the run that it is set against.
    """
    most = max(1, int(np.abs(difference).max()))
    fig = matrix(f"{run_id} minus {other_id}, in images")
    theme.add_cells(
        fig,
        difference,
        list(CLASS_NAMES),
        [[f"{value:+,}" if value else "0" for value in row] for row in difference],
        zmin=-most,
        zmax=most,
        colorscale=[
            [0, theme.faded(theme.SECOND, 0.5)],
            [0.5, theme.faded(theme.NEUTRAL_COLOR, 0.06)],
            [1, theme.faded(theme.ACCENT, 0.5)],
        ],
        hovertemplate="true %{y}, predicted %{x}<br>%{z:+,} images<extra></extra>",
    )
    return fig
