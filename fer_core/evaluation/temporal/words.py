"""What was measured over time, in words."""

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from fer_core import formats
from fer_core.evaluation.temporal.table import EXPONENTIAL, RECURRENT
from fer_core.runs.records import Place

_NO_LAG = "The clips hold no change that single frames read, so lag was not measured"
PLACES = {Place.VIDEO: "a video", Place.LIVE: "live video"}


def has_lag(rows: pd.DataFrame) -> bool:
    """Whether single frames read a change in the clips of these rows: without one, no lag."""
    return bool(rows["lag_mean"].notna().any())


def decided(table: pd.DataFrame, places: Collection[Place]) -> str:
    """What the validation clips decided, and what test clips, which decide nothing, say of the gain
    in these `places`, in sentences.
    """
    if places:
        names = " and ".join(PLACES[place] for place in PLACES if place in places)
        told = f"Better on validation clips at the same lag, so it is the default in {names}."
        return f"{told} {_tested(table, places)}".strip()
    if not has_lag(table[table["split"] == "validation"]):
        return f"{_NO_LAG}, and exponential smoothing stays the default."
    return (
        "On validation clips it is not shown to be better than exponential smoothing at the same "
        "lag, so that stays the default."
    )


def _tested(table: pd.DataFrame, places: Collection[Place]) -> str:
    rows = table[(table["split"] == "test") & (table["method"] == RECURRENT)]
    rows = rows.drop_duplicates("place").set_index("place")
    told = [
        f"{gain(rows.loc[str(place)])} in {PLACES[place]}"
        for place in PLACES
        if place in places and str(place) in rows.index
    ]
    return (
        f"On test clips, which were not used for the decision: {' and '.join(told)}."
        if told
        else ""
    )


def why_default(table: pd.DataFrame, default_in: Collection[Place], place: Place) -> str:
    """Why the recurrent network is the default at a place, or is not, and whether test clips agree;
    `table` has the rows of one network.
    """
    is_default = place in default_in
    rows = table[(table["place"] == place) & (table["method"] == RECURRENT)].set_index("split")
    measured = rows[rows["at_same_lag"].notna()]
    stays = f"Exponential smoothing stays the default in {PLACES[place]}"
    if len(rows) and measured.empty:
        return f"{stays}. {_NO_LAG}."
    text = (
        f"The recurrent network is the default in {PLACES[place]}: at the same lag it is right "
        "more often than exponential smoothing on validation clips, which decide"
        if is_default
        else f"{stays}: at the same lag the recurrent network is not shown to be right more often "
        "on validation clips, which decide"
    )
    validated = "validation" in measured.index
    text += f" ({_points(measured.loc['validation'])})." if validated else "."
    if "test" not in measured.index:
        return text
    agree = (measured.loc["test", "at_same_lag_low"] > 0) == is_default
    agreed = "agree" if agree else "do not confirm it"
    return f"{text} The test clips shown here {agreed} ({_points(measured.loc['test'])})."


def _points(row: Mapping[str, Any]) -> str:
    """As `+1.5 points, 95 % interval +0.4 to +2.5`."""
    ends = (row[f"at_same_lag{end}"] for end in ("", "_low", "_high"))
    value, low, high = (formats.signed(100 * each) for each in ends)
    return f"{value} points, 95 % interval {low} to {high}"


def gain(row: Mapping[str, Any]) -> str:
    """Of a recurrent network's row: points of accuracy at the same lag, with the 95 % interval."""
    value, low, high = (100 * row[f"at_same_lag{end}"] for end in ("", "_low", "_high"))
    return f"{value:+.1f} points at the same lag ({low:+.1f} to {high:+.1f})"


def method(row: Mapping[str, object]) -> str:
    """Of a row of the table, as `exponential, 0.3 s`."""
    if row["method"] == EXPONENTIAL:
        return f"exponential, {row['half_life']:g} s"
    if row["method"] == RECURRENT:
        return f"recurrent, {row['features_of']}"
    return str(row["method"])
