"""What each training technique brings: what `ablation.csv` says, drawn."""

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.plots.ablation import ablation_figure
from fer_core.reference import published
from pages.parts.curves.selection import Selection
from pages.parts.shared import charts, downloads, frame, tables

COMMAND = "python -m fer_core ablation --epochs 6 --set precision=mixed_bfloat16"


def show(_: Selection) -> None:
    """What each training technique brought, or how to measure it."""
    st.subheader("Ablation: what does each training technique bring?", anchor=False)
    table = published.ablation()
    if table.empty:
        frame.empty_state(
            "The training techniques have not been compared yet",
            "The report's network is trained once with each of them and once with all, always "
            "for the same number of epochs. It takes hours without a GPU and can be interrupted.",
            "Measure them, then reload this page:",
            command=COMMAND,
        )
        return
    first = table.iloc[0]
    common = f" ({first['common']} throughout)" if first["common"] else ""
    st.caption(
        f"The report's network with one change at a time{common}, {first['epochs']} epochs each, "
        "the same seed, all test images. A technique that slows learning down needs more epochs "
        "to pay off. The intervals cover the choice of test images alone: validation accuracy "
        f"still jumps from epoch to epoch, by up to {100 * table['validation_swing'].max():.0f} "
        "points, so the epoch at which training ended matters as well."
    )
    charts.show(
        ablation_figure(table),
        "Test accuracy of the report's network with each technique: "
        + "; ".join(f"{row.variant} {formats.percent(row.accuracy)}" for row in table.itertuples()),
        key="ablation",
    )
    _show_table(table)
    downloads.csv_button(table, "Download ablation (CSV)", "ablation.csv", "ablation_csv")


def _show_table(table: pd.DataFrame) -> None:
    number, words = st.column_config.NumberColumn, st.column_config.TextColumn
    shares = ("accuracy", "recall_disgusted", "train_validation_gap", "validation_swing")
    bounds = zip(table["low"], table["high"], strict=True)
    shown = tables.in_percent(table, *shares).assign(
        interval=[formats.bounds(pair) for pair in bounds]
    )
    columns = ["variant", "accuracy", "interval", "macro_f1", "recall_disgusted"]
    st.dataframe(
        shown[[*columns, "train_validation_gap", "validation_swing", "seconds", "changes"]],
        hide_index=True,
        key="ablation_table",
        alt="Accuracy, macro F1, recall of disgusted, gap and swing of each technique",
        column_config={
            "variant": words("technique", pinned=True),
            "accuracy": number("accuracy", format="%.1f %%"),
            "interval": words("95 %"),
            "macro_f1": number("macro F1", format="%.3f"),
            "recall_disgusted": number("recall of disgusted", format="%.1f %%"),
            "train_validation_gap": number(
                "gap", format="%.1f points", help="Training accuracy minus validation accuracy."
            ),
            "validation_swing": number(
                "swing",
                format="%.1f points",
                help="Range of validation accuracy over the last three epochs.",
            ),
            "seconds": number("training", format="%.0f s"),
            "changes": words("settings"),
        },
    )
