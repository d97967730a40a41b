"""The runs as tables: all of them to choose from, and figures and settings of the chosen ones."""

import pandas as pd
import streamlit as st

from fer_core.errors import RunError
from fer_core.evaluation.history import long_table, summary
from fer_core.runs.store import Predictions, Run
from fer_core.runs.table import compare_settings, filter_runs, run_table
from pages.parts.curves.selection import REPORT, RUNS_KEY, Selection
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
        on_click=lambda: st.session_state.update({RUNS_KEY: marked}),
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
    shown = table.assign(
        progress=[f"{row.epoch} of {row.epochs}" for row in table.itertuples()],
        hours=table["seconds"] / 3600,
    )
    columns = {
        "run": "run",
        "preset": "preset",
        "state": "state",
        "progress": "epochs",
        "val_accuracy": tables.percent("validation"),
        "test_accuracy": tables.percent("test"),
        "parameters": tables.number("parameters", format="localized"),
        "hours": tables.number("training, hours", format="%.1f"),
        "started": st.column_config.DatetimeColumn("started, UTC", format="YYYY-MM-DD HH:mm"),
    }
    event = tables.grid(
        shown,
        columns,
        key="run-table",
        alt="Preset, state, accuracies, size, time and start of each run",
        shares=("val_accuracy", "test_accuracy"),
        column_order=list(columns),
        on_select="rerun",
        selection_mode="multi-row",
    )
    rows = event["selection"]["rows"]
    return [table["run"].iloc[row] for row in rows if row < len(table)]


def _predictions(runs: list[Run]) -> dict[str, Predictions]:
    """Of the runs that have any; a damaged file counts as none."""
    found = {}
    for run in runs:
        try:
            found[run.run_id] = cached.predictions(run)
        except RunError:
            continue
    return found


def show_figures(selected: Selection) -> None:
    """Best epoch, last accuracies, gap and lowest loss of each chosen run."""
    histories = selected.histories()
    if not histories:
        st.caption("Choose a run above to see its figures.")
        return
    tables.grid(
        summary(histories),
        {
            "run": "run",
            "epochs": "epochs",
            "best_epoch": "best epoch",
            "best_val_accuracy": tables.percent("validation there"),
            "last_accuracy": tables.percent("training at the end"),
            "last_val_accuracy": tables.percent("validation at the end"),
            "gap": tables.number("gap at the end", format="%.1f points"),
            "lowest_val_loss": tables.number("lowest validation loss", format="%.3f"),
            "lowest_val_loss_epoch": "in epoch",
        },
        key="summary",
        alt="Best epoch, accuracies, gap and lowest loss of each chosen run",
        shares=("best_val_accuracy", "last_accuracy", "last_val_accuracy", "gap"),
        placeholder="–",
    )
    tables.csv_button(long_table(histories), "epochs", "training-curves", "epochs_csv")


def show_settings(selected: Selection) -> None:
    """What the chosen runs differ in, or on demand every setting."""
    runs = selected.chosen
    if not runs:
        st.caption("Choose a run above to see its settings; two or more to compare them.")
        return
    single = len(runs) == 1
    everything = single or st.toggle(
        "All settings", key="all-settings", bind="query-params", help="Off: only those that differ."
    )
    configs = {run.run_id: run.config for run in runs}
    table = compare_settings(configs, only_different=not everything)
    names = ", ".join(configs)
    text = (
        f"Every setting of {names}. Choose another run to see what differs."
        if single
        else f"{len(table)} settings of {names}."
        if everything
        else f"{names} differ in {len(table)} settings."
    )
    if REPORT in selected.names:
        text += f" {REPORT.capitalize()} has no settings here."
    st.caption(text)
    if table.empty:
        st.info("These runs were made with the same settings.")
        return
    tables.grid(
        table,
        {
            "setting": st.column_config.Column("setting", pinned=True, width=170),
            "meaning": "what it is",
        },
        key="setting-table",
        alt=f"Settings of {names}",
    )
    tables.csv_button(table, "settings", "settings", "settings-csv")
