"""A face over time: what `temporal.csv` says of three ways to read it."""

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.evaluation.temporal import table as temporal_table
from fer_core.evaluation.temporal.words import PLACES, has_lag, why_default
from fer_core.inference.over_time import COMMAND, networks
from fer_core.plots import temporal as plots
from fer_core.plots.theme import without_title
from fer_core.runs.records import Place
from fer_core.runs.store import Run
from pages.parts.evaluation.question import Question
from pages.parts.shared import cached, charts, choices, frame, over_time, tables
from pages.parts.shared.tables import Cell

_CHOICES = {"Live video": Place.LIVE, "Videos": Place.VIDEO}


def show(asked: Question) -> None:
    """The three ways side by side on test clips, or how to get there."""
    network = asked.run.run_id
    temporal, why = over_time.look(network)
    if temporal is None:
        _show_none(network, why)
        return
    table = _table_of(temporal)
    place = _CHOICES[choices.one_of("Clips as in", list(_CHOICES), "clips")]
    found = None if table is None else plots.beside(table, place, network)
    if found is None and table is not None and "test" not in set(table["split"]):
        st.caption(
            f"{temporal.run_id} was measured on validation clips alone: there were too few clips "
            "to hold some out for the test."
        )
        return
    if found is None or table is None:
        frame.empty_state(
            f"{temporal.run_id} has not been measured on clips of {network} yet",
            "Single frames, exponential smoothing and the recurrent network are compared on clips "
            "made of test images. It takes minutes and the data set.",
            "Measure it, then reload this page:",
            command=f"python -m fer_core evaluate {temporal.run_id} --again",
        )
        return
    st.caption(_clips(found.rows, place))
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**{plots.headline(found, place)}.** {plots.meaning(found)}")
        facts = temporal.config.temporal
        own = table[table["features_of"] == network]
        st.markdown(why_default(own, facts.default_in if facts is not None else (), place))
        _show_table(found.rows, place)
        st.caption(_about(found.rows))
    if has_lag(found.rows):
        with right:
            _show_figure(found, place)
    named = table.assign(run=temporal.run_id)
    tables.csv_button(named, "figures", f"{temporal.run_id}-over-time", "over_time_csv")


def _show_none(network: str, why: str) -> None:
    title = f"No recurrent network reads {network} over time"
    if network not in (known := networks()) and known:
        frame.empty_state(title, why, f"Choose {' or '.join(known)} as the run above.")
        return
    train = "Train one on clips made of training images, then reload this page:"
    frame.empty_state(title, why, train, command=COMMAND)


def _table_of(run: Run) -> pd.DataFrame | None:
    file = run.folder / temporal_table.FILE_NAME
    return cached.kept(temporal_table.read_table, run, files=[file])


def _show_table(rows: pd.DataFrame, place: Place) -> None:
    """A row a way."""
    head = [
        Cell("smoothing over time"),
        Cell("accuracy", "by frame"),
        Cell("lag", "after a change"),
        Cell("flicker", "a second"),
    ]
    body = [
        [
            Cell(plots.in_words(row)),
            tables.share(
                row["accuracy"], formats.bounds((row["accuracy_low"], row["accuracy_high"]))
            ),
            _cell(row, "lag_mean", " s"),
            _cell(row, "flicker"),
        ]
        for _, row in rows.iterrows()
    ]
    caption = f"Accuracy, lag and flicker of three ways in {PLACES[place]}"
    tables.show(caption, head, body, key="over_time_table")


def _cell(row: pd.Series, figure: str, unit: str = "") -> Cell:
    """A figure with its interval, to two digits; a dash where nothing tells it."""
    value, low, high = (row[f"{figure}{end}"] for end in ("", "_low", "_high"))
    interval = f"{low:.2f}–{high:.2f}" if low == low else ""
    return Cell(formats.hundredths(value, unit), interval)


def _clips(rows: pd.DataFrame, place: Place) -> str:
    """What it was measured on."""
    alone = rows.iloc[0]
    what = (
        "made of test images, whatever is chosen above: still faces that fade into one of another "
        "expression, moved, lit and blurred as by a camera"
        if has_lag(rows)
        else "held out for the test, whatever is chosen above"
    )
    return (
        f"{formats.counted(alone['n_clips'], 'clip')} {what}; "
        f"{formats.counted(alone['frames'], 'frame')}, {alone['rate']:g} a second as in "
        f"{PLACES[place]}."
    )


def _about(rows: pd.DataFrame) -> str:
    """What the words of the table mean."""
    alone, _, recurrent = (row for _, row in rows.iterrows())
    text = (
        "Accuracy: share of frames that are right. Lag: mean seconds until the answer follows a "
        "change. Flicker: changes of answer where nothing changes. Small figures: 95 % intervals "
        "by clips."
    )
    if alone["features_of"] != recurrent["features_of"]:
        text += f" Single frames and exponential smoothing by {alone['features_of']}."
    return text


def _show_figure(found: plots.Beside, place: Place) -> None:
    st.markdown("**Up and to the left is better: right more often, with less lag**")
    alt = "; ".join(
        f"{plots.in_words(row)} {formats.percent(row['accuracy'])} at {row['lag_mean']:.2f} s"
        for _, row in found.rows.iterrows()
    )
    _, fig = without_title(plots.temporal_figure(found, place))
    charts.show(fig, f"Accuracy by frame against mean lag: {alt}.", key="over_time_chart")
    shortest, *_, longest = found.smoothed["half_life"]
    st.caption(
        f"Squares: exponential smoothing with half-lives of {shortest:g} to {longest:g} s; the "
        "large one is that of the app."
    )
