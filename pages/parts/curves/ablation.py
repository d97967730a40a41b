"""The Training curves page's section on remedies: what `ablation.csv` says, drawn."""

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.plots.ablation import ablation_figure
from fer_core.reference import published
from fer_core.tables import to_csv
from pages.parts.shared import charts, frame

COMMAND = "python -m fer_core ablation --epochs 6 --set precision=mixed_bfloat16"


def section() -> None:
    """Draws what each remedy brought, or says how to measure it."""
    st.subheader("Remedies: what does each one bring?", anchor=False)
    table = published.ablation()
    if table.empty:
        frame.empty_state(
            "The remedies have not been compared yet",
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
        "the same seed, all test images. A remedy that slows learning down needs more epochs to "
        "pay off. The intervals cover the choice of test images alone: where validation accuracy "
        f"still jumps from epoch to epoch, by up to {100 * table['validation_swing'].max():.0f} "
        "points here, the moment at which training ended decides as well."
    )
    charts.show(
        ablation_figure(table),
        "Test accuracy of the report's network with each remedy: "
        + "; ".join(f"{row.variant} {formats.percent(row.accuracy)}" for row in table.itertuples()),
        key="ablation",
    )
    _show_table(table)
    st.download_button(
        "Download remedies (CSV)",
        to_csv(table),
        file_name="ablation.csv",
        mime="text/csv",
        on_click="ignore",
        key="ablation_csv",
    )


def _show_table(table: pd.DataFrame) -> None:
    number, words = st.column_config.NumberColumn, st.column_config.TextColumn
    shown = table.assign(
        accuracy=100 * table["accuracy"],
        interval=[
            f"{100 * low:.1f}–{100 * high:.1f}"
            for low, high in zip(table["low"], table["high"], strict=True)
        ],
        recall_disgusted=100 * table["recall_disgusted"],
        train_validation_gap=100 * table["train_validation_gap"],
        validation_swing=100 * table["validation_swing"],
    )
    columns = ["variant", "accuracy", "interval", "macro_f1", "recall_disgusted"]
    st.dataframe(
        shown[[*columns, "train_validation_gap", "validation_swing", "seconds", "changes"]],
        hide_index=True,
        key="ablation_table",
        alt="Accuracy, macro F1, recall of disgusted, gap and swing of each remedy",
        column_config={
            "variant": words("remedy", pinned=True),
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
