"""The confusion matrix as a chart whose cells can be clicked."""

from typing import Any

import plotly.graph_objects as go
from numpy import float64
from numpy.typing import NDArray

from fer_core.classes import CLASS_INDEX, CLASS_NAMES
from fer_core.evaluation.confusion_cells import CELLS, Cell
from fer_core.evaluation.metrics import Report, normalize
from pages.parts.shared import charts

_CHOSEN_COLOR = "#C4661F"
_MARKER = 46
"""Pixels: nearly a cell at full width. In a smaller matrix the marks overlap, and a click
takes the one whose middle is nearest."""


def figure(report: Report, unit: str, title: str, cell: Cell | None = None) -> go.Figure:
    """The confusion matrix under clickable marks; shades are shares of a row, or of a column
    by prediction.

    Args:
        report: of the images shown.
        unit: one of the values of `UNITS`.
        title: of the chart.
        cell: outlined.
    """
    by = "predicted" if unit == "predicted" else "true"
    shares = normalize(report.confusion, by)
    percents = _percents(shares)
    counts = [[f"{v:,}" for v in row] for row in report.confusion]
    fig = charts.figure(title, height=490, margin={"l": 8, "r": 8, "t": 110, "b": 8})
    fig.add_heatmap(
        z=shares,
        x=list(CLASS_NAMES),
        y=list(CLASS_NAMES),
        zmin=0,
        zmax=1,
        colorscale=charts.SHADES,
        text=counts if unit == "counts" else percents,
        texttemplate="%{text}",
        textfont={"size": 13, "color": charts.SHADE_TEXT},
        hoverinfo="skip",
        showscale=False,
        xgap=2,
        ygap=2,
    )
    # A heatmap delivers no clicks in Streamlit; transparent marks over its cells do.
    fig.add_scatter(
        x=[at.predicted for at in CELLS],
        y=[at.true for at in CELLS],
        customdata=[str(at) for at in CELLS],
        mode="markers",
        marker={"symbol": "square", "size": _MARKER, "color": "rgba(0,0,0,0)"},
        unselected={"marker": {"opacity": 0}},
        hovertext=[
            f"true {at.true}, predicted {at.predicted}<br>"
            f"{counts[CLASS_INDEX[at.true]][CLASS_INDEX[at.predicted]]} images, "
            f"{percents[CLASS_INDEX[at.true]][CLASS_INDEX[at.predicted]]} % of all "
            f"{'true ' + at.true if by == 'true' else 'called ' + at.predicted}"
            for at in CELLS
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
    )
    if cell is not None:
        column, row = CLASS_INDEX[cell.predicted], CLASS_INDEX[cell.true]
        fig.add_shape(
            type="rect",
            x0=column - 0.5,
            x1=column + 0.5,
            y0=row - 0.5,
            y1=row + 0.5,
            line={"color": _CHOSEN_COLOR, "width": 3},
        )
    class_axes(fig)
    size = len(CLASS_NAMES)
    fig.update_xaxes(range=[-0.5, size - 0.5])
    fig.update_yaxes(range=[size - 0.5, -0.5])
    return fig


def class_axes(fig: go.Figure) -> None:
    """Makes the axes those of a matrix of true (down) by predicted class (across), square cells."""
    common = {"constrain": "domain", "showgrid": False, "ticks": "", "fixedrange": True}
    fig.update_xaxes(side="top", title_text="predicted", **common)
    fig.update_yaxes(title_text="true", scaleanchor="x", constraintoward="top", **common)


def clicked_cell(points: list[dict[str, Any]]) -> Cell | None:
    """The cell of the first selected mark; None where a click beside them cleared it."""
    return Cell.parse(str(points[0]["customdata"])) if points else None


def _percents(shares: NDArray[float64]) -> list[list[str]]:
    """Whole percent; a dash where there is no image."""
    return [["–" if v != v else f"{100 * v:.0f}" for v in row] for row in shares]
