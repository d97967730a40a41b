"""The list of runs, with filters and a way into the charts."""

import pandas as pd
import streamlit as st

from fer_core.errors import RunError
from fer_core.runs.store import Predictions, Run
from fer_core.runs.table import filter_runs, run_table
from pages.parts.curves.selection import RUNS_KEY, Selection
from pages.parts.shared import cached, tables


def show(selected: Selection) -> None:
    """Filters, the table, and a button that shows the marked runs in the charts."""
    runs = selected.runs
    if not runs:
        st.caption("There is no run here yet.")
        return
    histories = {run.run_id: cached.history(run) for run in runs}
    table = run_table(runs, histories, _predictions(runs))
    shown = _filtered(table)
    st.caption(
        f"{len(shown)} of {len(table)} runs. Validation and test are the exported model's "
        "accuracies (test: all test images); click a heading to sort, select rows to choose."
    )
    if shown.empty:
        st.info("No run matches these filters. Lower the accuracy, or choose other values.")
        return
    marked = _show_table(shown)
    st.button(
        "Show selected runs in the charts",
        disabled=not marked,
        on_click=_choose,
        args=(marked,),
        key="show-marked",
    )


def _filtered(table: pd.DataFrame) -> pd.DataFrame:
    """The row of filters, and what they leave."""
    days = [moment.date() for moment in table["started"]]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        presets = st.multiselect(
            "Preset",
            sorted(table["preset"].unique()),
            placeholder="All",
            key="presets",
            bind="query-params",
            width=260,
        )
        least = st.slider(
            "Validation accuracy from, %", 0, 100, 0, key="least", bind="query-params", width=200
        )
        since = st.date_input(
            "Started from", min(days), key="since", bind="query-params", width=140
        )
        until = st.date_input("to", max(days), key="until", bind="query-params", width=140)
    return filter_runs(table, presets=presets, least_accuracy=least / 100, since=since, until=until)


def _show_table(table: pd.DataFrame) -> list[str]:
    """Draws the table; names of the rows marked in it."""
    number, words = st.column_config.NumberColumn, st.column_config.TextColumn
    shown = table.assign(
        progress=[f"{row.epoch} of {row.epochs}" for row in table.itertuples()],
        hours=table["seconds"] / 3600,
    )
    event = st.dataframe(
        tables.in_percent(shown, "val_accuracy", "test_accuracy"),
        hide_index=True,
        key="run-table",
        on_select="rerun",
        selection_mode="multi-row",
        alt="Preset, state, accuracies, size, time and start of each run",
        column_order=[
            "run",
            "preset",
            "state",
            "progress",
            "val_accuracy",
            "test_accuracy",
            "parameters",
            "hours",
            "started",
        ],
        column_config={
            "run": words("run", pinned=True),
            "preset": words("preset"),
            "state": words("state"),
            "progress": words("epochs"),
            "val_accuracy": number("validation", format="%.1f %%"),
            "test_accuracy": number("test", format="%.1f %%"),
            "parameters": number("parameters", format="localized"),
            "hours": number("training, hours", format="%.1f"),
            "started": st.column_config.DatetimeColumn("started, UTC", format="YYYY-MM-DD HH:mm"),
        },
    )
    rows = event["selection"]["rows"]
    return [table["run"].iloc[row] for row in rows if row < len(table)]


def _choose(names: list[str]) -> None:
    st.session_state[RUNS_KEY] = names


def _predictions(runs: list[Run]) -> dict[str, Predictions]:
    """Of the runs that have any; a damaged file counts as none."""
    found = {}
    for run in runs:
        try:
            found[run.run_id] = cached.predictions(run)
        except RunError:
            continue
    return found
