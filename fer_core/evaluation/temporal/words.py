"""What was measured over time, in words."""

from collections.abc import Collection, Mapping

from fer_core.evaluation.temporal.table import EXPONENTIAL, RECURRENT
from fer_core.runs.records import Place

PLACES = {Place.VIDEO: "a video", Place.LIVE: "live video"}


def decided(places: Collection[Place]) -> str:
    """What the validation clips decided, in a sentence."""
    if not places:
        return (
            "On validation clips it is not better than exponential smoothing at the same lag, so "
            "that stays the default."
        )
    names = " and ".join(PLACES[place] for place in PLACES if place in places)
    return f"Better on validation clips at the same lag, so it is the default in {names}."


def method(row: Mapping[str, object]) -> str:
    """Of a row of the table, as `exponential, 0.3 s`."""
    if row["method"] == EXPONENTIAL:
        return f"exponential, {row['half_life']:g} s"
    if row["method"] == RECURRENT:
        return f"recurrent, reads {row['features_of']}"
    return str(row["method"])
