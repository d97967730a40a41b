"""The runs as tables: all of them, and figures and settings of the chosen ones."""

from typing import Any

import streamlit as st

from fer_core import formats
from fer_core.evaluation.history import long_table, summary
from fer_core.runs.status import State
from fer_core.runs.table import compare_settings, run_table, why_no_curve
from pages.parts.curves.selection import REPORT, Selection, predictions_of
from pages.parts.shared import cached, tables
from pages.parts.shared.tables import Cell

_MOST_ROWS = 16
"""Rows of a table that is shown whole; a longer one scrolls."""


def show_all(selected: Selection) -> None:
    """Accuracies, epochs, size and time of every run, the best first."""
    runs = selected.runs
    if not runs:
        st.caption("There is no run here yet.")
        return
    runs = cached.best_first(runs)
    histories = {run.run_id: cached.history(run) for run in runs}
    found = {run.run_id: own for run in runs if (own := predictions_of(run)) is not None}
    table = run_table(runs, histories, found)
    curveless = {run.run_id for run in runs if why_no_curve(run, histories[run.run_id])}
    shown = table.assign(progress=[_epochs(row, curveless) for row in table.itertuples()])
    shown["hours"] = table["seconds"] / 3600
    # As narrow as they can be read: all of them in a window of 1280 pixels.
    columns = {
        "run": st.column_config.TextColumn("run", pinned=True, width=118),
        "test_accuracy": tables.percent("test", width=66),
        "val_accuracy": tables.percent("validation", width=82),
        "progress": st.column_config.TextColumn("epochs", width=70, alignment="right"),
        "parameters": tables.number("parameters", format="localized", width=92),
        "hours": tables.number("hours", format="%.1f", width=60, help="Of training."),
        "started": st.column_config.DateColumn("started", format="YYYY-MM-DD", width=88),
    }
    st.caption(
        "Accuracies of the exported models on all test images and on validation; hours of training."
    )
    tables.grid(
        shown,
        columns,
        key="run-table",
        alt="Accuracies, epochs, size, hours of training and start of each run",
        shares=("val_accuracy", "test_accuracy"),
        column_order=list(columns),
        height="content" if len(runs) <= _MOST_ROWS else "auto",
    )


def _epochs(row: Any, curveless: set[str]) -> str | None:
    """Epochs of a row of `run_table`, of how many where it is not finished; None without any."""
    if row.state == State.DONE:
        return None if row.run in curveless else f"{row.epoch}"
    return f"{row.epoch} of {row.epochs}"


def show_figures(selected: Selection) -> None:
    """Best epoch, last accuracies, gap and lowest loss of each chosen run."""
    histories = selected.histories()
    if not histories:
        st.caption("Show a run by its eye in the list to see its figures.")
        return
    rows = [
        [
            Cell(row.run),
            Cell(_points(row.gap)),
            tables.share(row.last_accuracy),
            tables.share(row.last_val_accuracy),
            tables.share(row.best_val_accuracy, _in_epoch(row.best_epoch)),
            Cell(formats.decimal(row.lowest_val_loss), _in_epoch(row.lowest_val_loss_epoch)),
        ]
        for row in summary(histories).itertuples()
    ]
    head = [
        Cell("run"),
        Cell("gap", "points"),
        Cell("training", "at the end"),
        Cell("validation", "at the end"),
        Cell("validation", "best"),
        Cell("loss", "lowest"),
    ]
    with st.container(key="run-figures"):
        tables.show("Figures of each chosen run", head, rows, key="summary")
    st.caption("Gap: training minus validation accuracy at the end. A wide one means overfitting.")
    tables.csv_button(long_table(histories), "epochs", "training-curves", "epochs_csv")


def _points(share: float) -> str:
    return formats.MISSING if share != share else f"{100 * share:.1f}"


def _in_epoch(epoch: float | None) -> str:
    return "" if epoch is None or epoch != epoch else f"epoch {epoch:.0f}"


def show_settings(selected: Selection) -> None:
    """What the chosen runs differ in, or on demand every setting."""
    runs = selected.chosen
    if not runs:
        st.caption(
            "Show a run by its eye in the list to see its settings; two or more to compare them."
        )
        return
    single = len(runs) == 1
    everything = single or st.toggle(
        "All settings", key="all-settings", bind="query-params", help="Off: only those that differ."
    )
    configs = {run.run_id: run.config for run in runs}
    table = compare_settings(configs, only_different=not everything)
    names, counted = ", ".join(configs), formats.counted(len(table), "setting")
    text = (
        f"{counted} of {names}. Show another run to see what differs."
        if single
        else f"{counted} of {names}."
        if everything
        else f"{names} differ in {counted}."
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
            "setting": st.column_config.Column("setting", pinned=True, width=150),
            **{name: st.column_config.Column(name, width=100) for name in configs},
            "meaning": "what it is",
        },
        key="setting-table",
        alt=f"Settings of {names}",
        height="content" if len(table) <= _MOST_ROWS else 600,
    )
    tables.csv_button(table, "settings", "settings", "settings-csv")
