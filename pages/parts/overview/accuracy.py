"""How accurate and how fast every system is: two charts, and the table with its sources."""

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.evaluation.metrics import Report
from fer_core.evaluation.provenance import extra_data
from fer_core.evaluation.scoreboard import Kind, Own, scoreboard, speed_note, speed_table
from fer_core.plots.scoreboard import ladder_figure, speed_figure
from fer_core.reference import published
from fer_core.runs.store import Run
from pages.parts.shared import cached, charts, frame, tables


def tables_of(runs: list[Run]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Accuracy of every system, and accuracy against time where that was measured."""
    own: dict[str, Own] = {}
    timed: dict[str, tuple[Report, float]] = {}
    for run in runs:
        if not run.has_predictions() or run.config.synthetic:
            continue
        with frame.error_box():
            name = frame.run_name(run)
            own[name] = Own(cached.reports(run), str(extra_data(run)))
            ms = cached.ms_per_face(run)
            if "all" in own[name].reports and ms is not None:
                timed[name] = own[name].reports["all"], ms
    return scoreboard(own), speed_table(timed)


def show_ladder(systems: pd.DataFrame) -> None:
    """Every system by its accuracy, grouped by test images."""
    ours = "; ".join(
        f"{row.system} {formats.percent(row.accuracy)} on {row.test_set}"
        for row in systems[systems["kind"] == Kind.OURS].itertuples()
    )
    charts.show(
        charts.kept(ladder_figure)(systems),
        f"Accuracy of {len(systems)} systems, grouped by test images. "
        f"{ours or 'None of ours yet'}. The table below has the values.",
        key="ladder",
    )


def show_speed(speeds: pd.DataFrame) -> None:
    """Accuracy against the time for one face."""
    described = ", ".join(
        f"{row.system} {formats.percent(row.accuracy)} at {formats.milliseconds(row.ms_per_face)}"
        for row in speeds.itertuples()
    )
    charts.show(speed_figure(speeds), f"Accuracy against time: {described}.", key="speed")
    st.caption(speed_note())


@st.fragment
def show_sources(systems: pd.DataFrame) -> None:
    """Every figure with its source, and what the intervals mean."""
    box = st.expander("All figures and their sources", key="sources", on_change="rerun")
    if box.open:
        with box:
            _show_table(systems)
    people = published.people()
    reached = formats.percent(people["accuracy"], (people["low"], people["high"]))
    st.caption(
        "Intervals: bootstrap over images for our runs; for others computed from accuracy and "
        "number of images (Wilson), or as stated. Papers report PrivateTest, many with extra "
        f"training data or several networks. People reach {reached}: {people['source']}."
    )


def _show_table(systems: pd.DataFrame) -> None:
    shown = pd.DataFrame(
        {
            "system": systems["system"],
            "test images": systems["test_set"],
            "accuracy, 95 % interval": [
                formats.percent(row.accuracy, (row.low, row.high)) for row in systems.itertuples()
            ],
            "kind": systems["kind"],
            "extra training data": systems["extra_training_data"].replace("", "not stated"),
            "note": systems["note"].fillna(""),
            "source": systems["source"],
        }
    )
    tables.grid(
        shown,
        {"system": st.column_config.TextColumn("system", pinned=True, width=180)},
        key="scoreboard",
        alt="Accuracy, interval, test images and source of every system",
    )
