"""A face over time: single frames, exponential smoothing and a recurrent network on the same clips.

Figures are those of test clips in `fer_core.evaluation.temporal.table`.
"""

from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from fer_core import formats
from fer_core.evaluation.temporal.table import EXPONENTIAL, RECURRENT, SINGLE
from fer_core.evaluation.temporal.words import PLACES, method
from fer_core.inference import smoothing
from fer_core.inference.video import reader
from fer_core.plots import theme
from fer_core.runs.records import Place

HALF_LIFE = {Place.LIVE: smoothing.DEFAULT_HALF_LIFE, Place.VIDEO: reader.DEFAULT_HALF_LIFE}
"""Seconds, of exponential smoothing as it is used there."""
_METHODS = [SINGLE, EXPONENTIAL, RECURRENT]


@dataclass(frozen=True, eq=False)
class Beside:
    """What the methods did at one place: `rows` has the three as they are used, in this order;
    `smoothed` exponential smoothing by half-life.
    """

    rows: pd.DataFrame
    smoothed: pd.DataFrame


def beside(table: pd.DataFrame, place: Place, network: str) -> Beside | None:
    """The rows of test clips for the run named `network`; None where one of the three is missing.

    Args:
        table: as `read_table` gives it.
        place: where the face is followed.
        network: whose features the recurrent network reads.
    """
    here = table[(table["split"] == "test") & (table["place"] == place)]
    smoothed = here[here["method"] == EXPONENTIAL].sort_values("half_life")
    used = smoothed[smoothed["half_life"] == HALF_LIFE[place]]
    recurrent = here[(here["method"] == RECURRENT) & (here["features_of"] == network)]
    rows = pd.concat([here[here["method"] == SINGLE], used, recurrent])
    return Beside(rows, smoothed) if list(rows["method"]) == _METHODS else None


def in_words(row: pd.Series) -> str:
    """A method's name, with the half-life where it has one: `exponential, 0.3 s`."""
    return "recurrent network" if row["method"] == RECURRENT else method(row.to_dict())


def headline(found: Beside, place: Place) -> str:
    """How often each method is right, as a sentence without its stop."""
    alone, smooth, recurrent = (formats.percent(value) for value in found.rows["accuracy"])
    return (
        f"In {PLACES[place]} the recurrent network names {recurrent} of frames right, "
        f"exponential smoothing {smooth}, single frames {alone}"
    )


def meaning(found: Beside) -> str:
    """How the recurrent network follows and flickers against exponential smoothing, in a sentence;
    empty where no clip tells it.
    """
    _, smooth, recurrent = (row for _, row in found.rows.iterrows())
    # As they are written: what reads alike is alike.
    lags, flickers = (
        [round(float(row[name]), 2) for row in (recurrent, smooth)]
        for name in ("lag_mean", "flicker")
    )
    if any(value != value for value in (*lags, *flickers)):
        return ""
    return (
        "Against exponential smoothing it follows a change "
        f"{_verdict(lags, 'sooner', 'later', 'as soon')} ({lags[0]:.2f} against {lags[1]:.2f} s) "
        f"and flickers {_verdict(flickers, 'less', 'more', 'as much')} ({flickers[0]:.2f} against "
        f"{flickers[1]:.2f} times a second)."
    )


def _verdict(values: list[float], less: str, more: str, equal: str) -> str:
    """Which word holds for the first value against the second."""
    first, second = values
    return equal if first == second else less if first < second else more


def temporal_figure(found: Beside, place: Place) -> go.Figure:
    """Accuracy against lag: exponential smoothing as a line over its half-lives, the others as a
    point each.
    """
    alone, _, recurrent = (row for _, row in found.rows.iterrows())
    fig = theme.figure(
        headline(found, place),
        height=300,
        xaxis_title="mean lag after a change (s)",
        yaxis_title="accuracy by frame (%)",
        showlegend=False,
    )
    smoothed = found.smoothed
    used = smoothed["half_life"] == HALF_LIFE[place]
    _add(fig, smoothed, used, theme.SECOND, "square", "middle right")
    for row, color, symbol, side in (
        (alone, theme.NEUTRAL_COLOR, "diamond", "bottom right"),
        (recurrent, theme.ACCENT, "circle", "top right"),
    ):
        _add(fig, row.to_frame().T, pd.Series([True]), color, symbol, side)
    last = smoothed["lag_mean"].max()
    fig.update_xaxes(range=[-0.05 * last, 1.1 * last] if last > 0 else None)
    shares = 100 * pd.concat([found.rows["accuracy"], smoothed["accuracy"]])
    room = 0.12 * (shares.max() - shares.min())
    fig.update_yaxes(range=[shares.min() - room, shares.max() + room])
    return fig.update_traces(cliponaxis=False)


def _add(
    fig: go.Figure, rows: pd.DataFrame, used: pd.Series, color: str, symbol: str, side: str
) -> None:
    """Adds points along a line, of which those `used` are larger and named at a `side`."""
    names = [in_words(row) for _, row in rows.iterrows()]
    fig.add_scatter(
        x=rows["lag_mean"],
        y=100 * rows["accuracy"].astype(float),
        mode="lines+markers+text",
        line={"color": color, "dash": "dash"},
        marker={"color": color, "symbol": symbol, "size": [12 if each else 6 for each in used]},
        text=[name if each else "" for name, each in zip(names, used, strict=True)],
        textposition=side,
        customdata=names,
        hovertemplate="accuracy %{y:.1f} %<br>lag %{x:.2f} s<extra>%{customdata}</extra>",
    )
