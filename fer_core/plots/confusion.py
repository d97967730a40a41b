"""Confusion matrices, and the difference of two: rows are true classes, columns predictions."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from fer_core import formats
from fer_core.classes import CLASS_INDEX, CLASS_NAMES
from fer_core.evaluation.error_analysis import CELLS, Cell, largest_errors
from fer_core.evaluation.metrics import Normalization, Report, normalize
from fer_core.plots import theme

_REACH = 120
"""Pixels from the middle of a cell at which a click still takes it: half the diagonal of the
largest. Where marks are small, the nearest middle wins, so the whole cell answers."""


def headline(confusion: NDArray[np.int64], unit: Normalization = "counts") -> str:
    """The largest error of a confusion matrix (7, 7) as it is shown: in images, in percent of the
    true class or in percent of the prediction.
    """
    cells = largest_errors(confusion, unit)
    total = int(confusion.sum())
    if not cells:
        return f"No face is taken for another: {total:,} of {total:,} are right"
    cell = cells[0]
    row, column = CLASS_INDEX[cell.true], CLASS_INDEX[cell.predicted]
    images, share = int(confusion[row, column]), normalize(confusion, unit)[row, column]
    if len(cells) > 1:
        each = {
            "counts": formats.counted(images, "face"),
            "true": f"{formats.percent(share)} of the true class",
            "predicted": f"{formats.percent(share)} of the prediction",
        }
        return f"No error stands out: {len(cells)} are equally frequent, {each[unit]} each"
    of_true = f"{images:,} of {confusion[row].sum():,}"
    of_predicted = f"{images:,} of {confusion[:, column].sum():,}"
    return (
        "Largest error: "
        + {
            "counts": f"{of_true} {cell.true} faces are taken for {cell.predicted}",
            "true": f"{formats.percent(share)} of {cell.true} faces ({of_true}) are taken for "
            f"{cell.predicted}",
            "predicted": f"{formats.percent(share)} of the faces called {cell.predicted} "
            f"({of_predicted}) are {cell.true}",
        }[unit]
    )


def confusion_figure(
    report: Report, unit: Normalization = "counts", chosen: Cell | None = None
) -> go.Figure:
    """The confusion matrix under transparent marks, whose `customdata` names the cell clicked; the
    `chosen` cell is outlined.

    Cells say `counts` of images, percent of the `true` class or of those `predicted`. Shades are
    shares of the true class, or of the prediction in the last.
    """
    by: Normalization = "predicted" if unit == "predicted" else "true"
    shares = normalize(report.confusion, by)
    percents = [["–" if v != v else f"{100 * v:.1f}" for v in row] for row in shares]
    counts = [[f"{v:,}" for v in row] for row in report.confusion]
    fig = _matrix(headline(report.confusion, unit))
    theme.add_cells(
        fig,
        shares,
        list(CLASS_NAMES),
        counts if unit == "counts" else percents,
        zmin=0,
        zmax=1,
        hoverinfo="skip",
    )
    at = [(cell, CLASS_INDEX[cell.true], CLASS_INDEX[cell.predicted]) for cell in CELLS]
    # A heatmap delivers no clicks in Streamlit; transparent marks over its cells do.
    fig.add_scatter(
        x=[cell.predicted for cell in CELLS],
        y=[cell.true for cell in CELLS],
        customdata=[str(cell) for cell in CELLS],
        mode="markers",
        marker={"symbol": "square", "size": 2, "color": "rgba(0,0,0,0)"},
        unselected={"marker": {"opacity": 0}},
        hovertext=[
            f"true {cell.true}, predicted {cell.predicted}<br>{counts[row][column]} images, "
            f"{percents[row][column]} % of all "
            f"{'true ' + cell.true if by == 'true' else 'called ' + cell.predicted}"
            for cell, row, column in at
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
    )
    fig.update_layout(hovermode="closest", hoverdistance=_REACH)
    for cell, row, column in at:
        if cell == chosen:
            fig.add_shape(
                type="rect",
                x0=column - 0.5,
                x1=column + 0.5,
                y0=row - 0.5,
                y1=row + 0.5,
                line={"color": theme.SECOND, "width": 3},
            )
    return fig


def difference_headline(difference: NDArray[np.int64], run_id: str, other_id: str) -> str:
    """The largest cell, in words, of the confusion matrix (7, 7) of `run_id` minus that of
    `other_id`.
    """
    row, column = np.unravel_index(int(np.abs(difference).argmax()), difference.shape)
    value = int(difference[row, column])
    if not value:
        return f"{run_id} and {other_id} have the same confusion matrix"
    true, predicted = CLASS_NAMES[row], CLASS_NAMES[column]
    kind = f"{'more' if value > 0 else 'fewer'} {true} face"
    more = formats.counted(abs(value), kind)
    if row == column:
        return f"{run_id} recognizes {more} than {other_id}"
    return f"{run_id} takes {more} for {predicted} than {other_id}"


def difference_figure(difference: NDArray[np.int64], run_id: str, other_id: str) -> go.Figure:
    """The confusion matrix (7, 7) of `run_id` minus that of `other_id`, in images, blue for more,
    orange for fewer.
    """
    most = max(1, int(np.abs(difference).max()))
    fig = _matrix(difference_headline(difference, run_id, other_id))
    theme.add_cells(
        fig,
        difference,
        list(CLASS_NAMES),
        [[formats.signed(value, 0) for value in row] for row in difference],
        zmin=-most,
        zmax=most,
        colorscale=[
            [0, theme.faded(theme.SECOND, 0.5)],
            [0.5, theme.faded(theme.NEUTRAL_COLOR, 0.06)],
            [1, theme.faded(theme.ACCENT, 0.5)],
        ],
        hovertemplate="true %{y}, predicted %{x}<br>%{text} images<extra></extra>",
    )
    return fig


def _matrix(title: str) -> go.Figure:
    """Axes of true (down) by predicted class (across) with square cells."""
    fig = theme.figure(title, height=490, margin=theme.MARGIN_WITH_TOP_AXIS)
    size = len(CLASS_NAMES)
    axis = {
        "constrain": "domain",
        "showgrid": False,
        "ticks": "",
        "fixedrange": True,
        "title_standoff": 12,  # without it the title lies on names that were turned upright
    }
    fig.update_xaxes(
        side="top",
        title_text="predicted",
        range=[-0.5, size - 0.5],
        # Upright where the names would run into one another, as on a phone.
        autotickangles=[0, -90],
        **axis,
    )
    fig.update_yaxes(
        title_text="true", range=[size - 0.5, -0.5], scaleanchor="x", constraintoward="top", **axis
    )
    return fig
