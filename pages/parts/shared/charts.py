"""Shows a figure of `fer_core.plots` on a page."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from fer_core.plots import theme
from fer_core.plots.theme import CONFIG, NEUTRAL_COLOR, OUTLINE, RUN_COLORS

DASHES, GRID, RUN_SYMBOLS = theme.DASHES, theme.GRID, theme.RUN_SYMBOLS
MARGIN_WITH_LEGEND = theme.MARGIN_WITH_LEGEND
faded, figure = theme.faded, theme.figure
SHADES, SHADE_TEXT = theme._SHADES, theme._SHADE_TEXT
NEUTRAL_SYMBOL, NEUTRAL_SIGN = "x", "✕"


def show(fig: go.Figure, alt: str, *, key: str, **arguments: Any) -> Any:
    """Draws `fig` across its column.

    Args:
        fig: from `figure`.
        alt: what it shows, for those who cannot see it.
        key: unique on the page.
        arguments: passed to `st.plotly_chart`, as `on_select`.
    """
    return st.plotly_chart(fig, width="stretch", config=CONFIG, alt=alt, key=key, **arguments)


def add_intervals(
    fig: go.Figure, names: Any, values: Any, low: Any, high: Any, hovertemplate: str, **trace: Any
) -> None:
    """Adds a mark for each name with its interval, in percent.

    Args:
        fig: gets the trace; names stand on the y axis.
        names: pandas.Series of str.
        values: pandas.Series of shares (0-1), a name each.
        low: lower ends of the intervals, likewise.
        high: upper ends, likewise.
        hovertemplate: Plotly's text on pointing at a mark.
        trace: further keys of the trace, as `name`.
    """
    fig.add_scatter(
        x=100 * values,
        y=names,
        mode="markers",
        marker={"size": 10, "color": RUN_COLORS[0], "line": {"width": 1, "color": OUTLINE}},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": 100 * (high - values),
            "arrayminus": 100 * (values - low),
            "color": NEUTRAL_COLOR,
            "thickness": 1.5,
            "width": 4,
        },
        hovertemplate=hovertemplate,
        **trace,
    )
