"""One look for every chart, in the light and the dark theme.

Figures are drawn with Streamlit's own Plotly theme, which sets text and grid colours in
the browser and follows a change of theme at once; this module adds what is ours.
Colours named here stand out by at least 3:1 from both backgrounds.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio
import streamlit as st

from fer_core.classes import CLASS_COLORS, CLASS_NAMES

RUN_COLORS = ("#3E7FBF", "#C4661F", "#2E9478", "#9A68C9", "#C4577F", "#8C8426")
"""Colours of runs; not those of classes."""
RUN_SYMBOLS = {
    "circle": "●",
    "square": "■",
    "diamond": "◆",
    "triangle-up": "▲",
    "triangle-down": "▼",
    "star": "★",
    "hexagon": "⬢",
}
"""Marks of runs and how text writes them. One more than colours, so that the pair of both
comes again only after 42 runs."""
NEUTRAL_COLOR = "#7D8794"
"""For what is not ours: the report and other people's figures."""
NEUTRAL_SYMBOL, NEUTRAL_SIGN = "x", "✕"
"""The report's mark, which no run has, and how text writes it."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
"""Line dashes of the classes, so that no line is told by colour alone."""
OUTLINE = "rgba(125,135,148,0.9)"
GRID = "rgba(125,135,148,0.22)"

MARGIN_WITH_LEGEND = {"l": 8, "r": 8, "t": 76, "b": 8}
"""Room for a legend between title and plot."""

CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "displayModeBar": "hover",
    "responsive": True,
    "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d"],
}

TEMPLATE = go.layout.Template(
    layout={
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        # At the top: the title and, while the pointer is on the chart, Plotly's buttons under it.
        "margin": {"l": 8, "r": 8, "t": 52, "b": 8},
        "font": {"size": 13},
        "title": {"font": {"size": 15}, "x": 0, "xanchor": "left", "xref": "container"},
        "hoverlabel": {"font": {"size": 13}, "align": "left"},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1, "x": 0, "title": {"text": ""}},
        "xaxis": {"automargin": True, "gridcolor": GRID, "zeroline": False},
        "yaxis": {"automargin": True, "gridcolor": GRID, "zeroline": False},
        "bargap": 0.28,
        "uniformtext": {"minsize": 9, "mode": "show"},
    }
)

# Combined with Streamlit's template, whose colours the browser sets by theme.
pio.templates["fer"] = TEMPLATE


def figure(title: str, *, height: int = 360, **layout: Any) -> go.Figure:
    """An empty figure with the shared look.

    Args:
        title: a statement or a question, in sentence case.
        height: in pixels.
        layout: further Plotly layout, as `xaxis_title`.
    """
    fig = go.Figure(_blank())
    fig.update_layout(title_text=title, height=height, **layout)
    return fig


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


@cache
def _blank() -> go.Figure:
    """What every figure starts from: joining two templates takes 25 ms, a copy of this 5."""
    fig = go.Figure(layout={"template": "streamlit+fer"})
    # Streamlit's theme merges its template in the browser; what must win is set outright.
    return fig.update_layout(
        title={"y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 10}},
        legend=TEMPLATE.layout.legend,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin=TEMPLATE.layout.margin,
    )


def show(fig: go.Figure, alt: str, *, key: str, **arguments: Any) -> Any:
    """Draws `fig` across its column.

    Args:
        fig: from `figure`.
        alt: what it shows, for those who cannot see it.
        key: unique on the page.
        arguments: passed to `st.plotly_chart`, as `on_select`.
    """
    return st.plotly_chart(fig, width="stretch", config=CONFIG, alt=alt, key=key, **arguments)


def class_colors(names: Iterable[str] = CLASS_NAMES) -> list[str]:
    """Fill colour of each class in `names`."""
    return [CLASS_COLORS[name] for name in names]


def faded(color: str, alpha: float = 0.14) -> str:
    """`#RRGGBB` as `rgba(...)` with `alpha`, for areas under lines."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


SHADES = [[0, faded(RUN_COLORS[0], 0.05)], [1, faded(RUN_COLORS[0], 0.6)]]
"""Of cells that bear text. Half transparent, so that the theme's text colour, which `frame`
gives them, stands out by at least 6:1 from every shade in light and dark."""
SHADE_TEXT = "#1D242B"
"""Of the text on `SHADES` in a picture saved by Plotly's button, which knows no style sheet."""
