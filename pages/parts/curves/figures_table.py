"""The figures behind the curves as a table, and every epoch as a file."""

import streamlit as st

from fer_core.evaluation.history import long_table, summary
from pages.parts.curves.selection import Selection
from pages.parts.shared import downloads, tables

_SHARES = ("best_val_accuracy", "last_accuracy", "last_val_accuracy", "gap")


def show(selected: Selection) -> None:
    """Best epoch, last accuracies, gap and lowest loss of each chosen run."""
    histories = selected.histories()
    if not histories:
        st.caption("Choose a run above to see its figures.")
        return
    number = st.column_config.NumberColumn
    st.dataframe(
        tables.in_percent(summary(histories), *_SHARES),
        hide_index=True,
        key="summary",
        placeholder="–",
        alt="Best epoch, accuracies, gap and lowest loss of each chosen run",
        column_config={
            "run": st.column_config.TextColumn("run", pinned=True),
            "epochs": number("epochs"),
            "best_epoch": number("best epoch"),
            "best_val_accuracy": number("validation there", format="%.1f %%"),
            "last_accuracy": number("training at the end", format="%.1f %%"),
            "last_val_accuracy": number("validation at the end", format="%.1f %%"),
            "gap": number("gap at the end", format="%.1f points"),
            "lowest_val_loss": number("lowest validation loss", format="%.3f"),
            "lowest_val_loss_epoch": number("in epoch"),
        },
    )
    downloads.csv_button(
        long_table(histories), "Download epochs (CSV)", "training-curves.csv", "epochs_csv"
    )
