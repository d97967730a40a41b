"""Shows a figure of `fer_core.plots` on a page."""

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from fer_core.plots.theme import CONFIG


def kept(draw: Callable[..., go.Figure]) -> Callable[..., go.Figure]:
    """`draw`, whose figures are kept for all visitors: one takes up to 50 ms."""
    return st.cache_resource(draw, show_spinner=False, max_entries=32)


def show(fig: go.Figure, alt: str, *, key: str, **arguments: Any) -> Any:
    """Draws `fig` across its column.

    Args:
        fig: of `fer_core.plots`.
        alt: what it shows, for those who cannot see it.
        key: unique on the page.
        arguments: passed to `st.plotly_chart`, as `on_select`.
    """
    return st.plotly_chart(fig, width="stretch", config=CONFIG, alt=alt, key=key, **arguments)
