"""The look that all figures share, readable on a light and on a dark page.

Text and axes take their colours from where a figure is shown: in the dashboard Streamlit's
Plotly theme sets them in the browser, in the HTML report a style sheet does. Colours named
here stand out by at least 3:1 from both backgrounds.
"""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.colors import hex_to_rgb

from fer_core.classes import CLASS_COLORS, CLASS_NAMES

RUN_COLORS = (
    *("#3E7FBF", "#C4661F", "#2E9478", "#9A68C9", "#C4577F", "#8C8426"),
    *("#5454EA", "#057918", "#E655CB", "#63664C", "#AF25A9", "#48A515"),
)
"""Colours of runs; not those of classes."""
ACCENT, SECOND = RUN_COLORS[:2]
NEUTRAL_COLOR = "#7D8794"
"""For what is not ours: the report and other people's figures."""
OUTLINE = "rgba(125,135,148,0.9)"
GRID = "rgba(125,135,148,0.22)"
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
"""Line dashes of the classes, so that no line is told by colour alone."""
REFERENCE_LINE = {"color": NEUTRAL_COLOR, "width": 1, "dash": "dot"}
"""Of chance, of what is perfect, of a figure to compare with."""

MARGIN_WITH_LEGEND = {"l": 8, "r": 8, "t": 76, "b": 8}
"""Room for a legend between title and plot."""
MARGIN_WITH_TOP_AXIS = {"l": 8, "r": 8, "t": 110, "b": 8}
_TITLE_HEIGHT = 40

CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "displayModeBar": "hover",
    "responsive": True,
    "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d"],
}
"""For whoever shows a figure. Style sheets hide the mode bar on phones."""

_AXIS = {"automargin": True, "gridcolor": GRID, "zeroline": False}
_TEMPLATE = go.layout.Template(
    layout={
        "font": {"size": 13, "family": "system-ui, sans-serif"},
        "hoverlabel": {"font": {"size": 13}, "align": "left"},
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        "bargap": 0.28,
        "uniformtext": {"minsize": 9, "mode": "show"},
    }
)


def figure(title: str, *, height: int = 360, **layout: Any) -> go.Figure:
    """An empty figure with the shared look and further Plotly layout, as `xaxis_title`; its title
    is a statement or a question, in sentence case.
    """
    # Streamlit merges its own template over this one; what must win is set outright.
    fig = go.Figure(
        layout={
            "template": _TEMPLATE,
            "title": {
                "text": title,
                "font": {"size": 15},
                "x": 0,
                "xanchor": "left",
                "xref": "container",
                "y": 1,
                "yref": "container",
                "yanchor": "top",
                "pad": {"t": 10},
            },
            "legend": {
                "orientation": "h",
                "yanchor": "bottom",
                "y": 1,
                "x": 0,
                "title": {"text": ""},
            },
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            # At the top: the title and, under it, Plotly's buttons.
            "margin": {"l": 8, "r": 8, "t": 52, "b": 8},
            "height": height,
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": NEUTRAL_COLOR, "activecolor": ACCENT},
        }
    )
    return fig.update_layout(**layout)


def without_title(fig: go.Figure) -> tuple[str, go.Figure]:
    """The title and a copy of the figure without it, for pages that write it as a heading."""
    top = fig.layout.margin.t - _TITLE_HEIGHT
    copy = go.Figure(fig).update_layout(
        title=None, margin_t=top, height=fig.layout.height - _TITLE_HEIGHT
    )
    return str(fig.layout.title.text), copy


def contrast(one: str, other: str) -> float:
    """Contrast of two colours `#RRGGBB`, 1-21, as WCAG 2.2 defines it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(color: str, background: str, least: float = 4.5) -> str:
    """`color`, darker or lighter where text in it has less contrast than `least` on `background`;
    all `#RRGGBB`.
    """
    end = 0 if _luminance(background) > 0.18 else 255
    parts = np.array(hex_to_rgb(color), float)
    for share in np.linspace(0, 1, 51):
        mixed = np.round((1 - share) * parts + share * end).astype(int)
        text = "#" + "".join(f"{part:02X}" for part in mixed)
        if contrast(text, background) >= least:
            break
    return text


def _luminance(color: str) -> float:
    parts = np.array(hex_to_rgb(color)) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def faded(color: str, alpha: float) -> str:
    """`#RRGGBB` as `rgba(...)` with `alpha`, for areas under lines."""
    red, green, blue = hex_to_rgb(color)
    return f"rgba({red},{green},{blue},{alpha})"


_SHADES = [[0, faded(ACCENT, 0.05)], [1, faded(ACCENT, 0.6)]]
_SHADE_TEXT = "#1D242B"


def add_cells(
    fig: go.Figure, shades: NDArray[Any], names: list[str], text: Any, **trace: Any
) -> None:
    """Adds a table of cells (n, 7) with shades and text, `names` (n,) from top to bottom and the
    classes across; `trace` holds further keys of the heat map, as `zmax`.
    """
    # The shades are half transparent, so that the page's text colour, which style sheets give
    # the cells, stands out by at least 6:1 from each in light and dark. The colour named here
    # is for a picture saved by Plotly's button, which knows no style sheet.
    look = {
        "colorscale": _SHADES,
        "texttemplate": "%{text}",
        "textfont": {"size": 13, "color": _SHADE_TEXT},
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
    }
    fig.add_heatmap(z=shades, x=list(CLASS_NAMES), y=names, text=text, **look | trace)


def add_diagonal(fig: go.Figure) -> None:
    """Adds the line from (0, 0) to (1, 1)."""
    line = {"mode": "lines", "line": REFERENCE_LINE, "hoverinfo": "skip", "showlegend": False}
    fig.add_scatter(x=[0, 1], y=[0, 1], **line)


def class_line(name: str) -> dict[str, Any]:
    """How the line of a class is drawn."""
    dash = DASHES[CLASS_NAMES.index(name)]
    return {"color": CLASS_COLORS[name], "width": 2, "dash": dash}


def add_class_lines(fig: go.Figure, x: NDArray[Any], values: NDArray[Any], **trace: Any) -> None:
    """Adds a line a class through `values` (7, n) in class order."""
    for name, row in zip(CLASS_NAMES, values, strict=True):
        fig.add_scatter(x=x, y=row, name=name, line=class_line(name), **trace)


def add_text(fig: go.Figure, x: Any, y: Any, text: Any, position: str, **trace: Any) -> None:
    """Adds texts beside the places (x, y), also beyond the axes."""
    look = {"mode": "text", "textposition": position, "cliponaxis": False, "hoverinfo": "skip"}
    fig.add_scatter(x=x, y=y, text=text, **look | trace)


def marker(color: Any = ACCENT, **keys: Any) -> dict[str, Any]:
    """A filled mark with an outline."""
    return {"size": 11, "color": color, "line": {"width": 1, "color": OUTLINE}} | keys


def open_diamond(color: str = NEUTRAL_COLOR) -> dict[str, Any]:
    """The mark of what a run is set against."""
    return {
        "symbol": "diamond-open",
        "size": 10,
        "color": color,
        "line": {"width": 2, "color": color},
    }


def interval(value: Any, low: Any, high: Any, **keys: Any) -> dict[str, Any]:
    """Error bars from `low` to `high`, in the unit of the axis."""
    bars = {"color": NEUTRAL_COLOR, "thickness": 1.5, "width": 4} | keys
    return bars | {"symmetric": False, "array": high - value, "arrayminus": value - low}


def add_intervals(
    fig: go.Figure,
    names: Any,
    value: Any,
    low: Any,
    high: Any,
    *,
    color: Any = ACCENT,
    **trace: Any,
) -> None:
    """Adds a row for each name, the first on top: a mark at `value` with the interval from `low`
    to `high`; `color` is one for all marks or one each, `trace` holds further keys, as `name`.
    """
    fig.add_scatter(
        x=value,
        y=names,
        mode="markers",
        marker=marker(color),
        error_x=interval(value, low, high),
        **trace,
    )
    fig.update_yaxes(autorange="reversed", dtick=1)


def thinned(place: NDArray[Any], most: int = 300) -> NDArray[np.intp]:
    """Rows of a curve that are kept, `most` (3 or more) at most, evenly along it with both ends;
    `place` (n,) says how far along each point lies, in any unit, only rising or only falling.
    """
    if len(place) <= most:
        return np.arange(len(place))
    along = np.abs(place - place[0])
    steps = np.floor(along / max(along[-1], 1e-12) * (most - 2)).astype(int)
    kept = np.append(steps[:-1] != steps[1:], True)
    kept[0] = True
    return np.flatnonzero(kept)
