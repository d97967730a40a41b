"""Shows a figure of `fer_core.plots` on a page."""

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from fer_core.plots import theme
from fer_core.plots.theme import CONFIG

RUN_COLORS, NEUTRAL_COLOR, OUTLINE = theme.RUN_COLORS, theme.NEUTRAL_COLOR, theme.OUTLINE
DASHES, GRID, RUN_SYMBOLS = theme.DASHES, theme.GRID, theme.RUN_SYMBOLS
MARGIN_WITH_LEGEND = theme.MARGIN_WITH_LEGEND
faded, figure = theme.faded, theme.figure
NEUTRAL_SYMBOL, NEUTRAL_SIGN = "x", "✕"


def kept(draw: Callable[..., go.Figure]) -> Callable[..., go.Figure]:
    """`draw`, whose figures are kept for all visitors: one takes up to 50 ms."""
    return st.cache_resource(draw, show_spinner=False, max_entries=32)


def show(fig: go.Figure, alt: str, *, key: str, **arguments: Any) -> Any:
    """Draws `fig` across its column.

    Args:
        fig: from `figure`.
        alt: what it shows, for those who cannot see it.
        key: unique on the page.
        arguments: passed to `st.plotly_chart`, as `on_select`.
    """
    return st.plotly_chart(fig, width="stretch", config=CONFIG, alt=alt, key=key, **arguments)
