"""The runs as tables: all of them, and figures and settings of the chosen ones."""

import streamlit as st

from fer_core.evaluation.history import long_table, summary
from fer_core.runs.table import compare_settings, run_table
from pages.parts.curves.selection import REPORT, Selection, predictions_of
from pages.parts.shared import cached, tables


def show_all(selected: Selection) -> None:
    """Preset, accuracies, size and time of every run."""
    runs = selected.runs
    if not runs:
        st.caption("There is no run here yet.")
        return
    histories = {run.run_id: cached.history(run) for run in runs}
    found = {run.run_id: own for run in runs if (own := predictions_of(run)) is not None}
    table = run_table(runs, histories, found)
    table = table.sort_values("test_accuracy", ascending=False)
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
    st.caption("Accuracies of the exported models on validation and on all test images.")
    tables.grid(
        shown,
        columns,
        key="run-table",
        alt="Preset, state, accuracies, size, time and start of each run",
        shares=("val_accuracy", "test_accuracy"),
        column_order=list(columns),
    )


def show_figures(selected: Selection) -> None:
    """Best epoch, last accuracies, gap and lowest loss of each chosen run."""
    histories = selected.histories()
    if not histories:
        st.caption("Show a run by its eye in the list to see its figures.")
        return
    tables.grid(
        summary(histories),
        {
            "run": "run",
            "gap": tables.number("gap at the end", format="%.1f points"),
            "last_accuracy": tables.percent("last training"),
            "last_val_accuracy": tables.percent("last validation"),
            "best_val_accuracy": tables.percent("best validation"),
            "best_epoch": "in epoch",
            "lowest_val_loss": tables.number("lowest loss", format="%.3f"),
            "lowest_val_loss_epoch": "loss epoch",
        },
        column_order=[
            *("run", "gap", "last_accuracy", "last_val_accuracy", "best_val_accuracy"),
            *("best_epoch", "lowest_val_loss", "lowest_val_loss_epoch"),
        ],
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
    names = ", ".join(configs)
    text = (
        f"Every setting of {names}. Show another run to see what differs."
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
            "setting": st.column_config.Column("setting", pinned=True, width=150),
            **{name: st.column_config.Column(name, width=100) for name in configs},
            "meaning": "what it is",
        },
        key="setting-table",
        alt=f"Settings of {names}",
    )
    tables.csv_button(table, "settings", "settings", "settings-csv")
