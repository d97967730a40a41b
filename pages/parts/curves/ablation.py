"""What each training technique brings: what `ablation.csv` says, drawn."""

from functools import partial

import streamlit as st

from fer_core import formats
from fer_core.plots.ablation import ablation_figure
from fer_core.reference import published
from pages.parts.curves.selection import Selection
from pages.parts.shared import charts, frame, tables

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
    common = f" (`{first['common']}` throughout)" if first["common"] else ""
    st.caption(
        f"The report's network with one change at a time{common}, {first['epochs']} epochs each, "
        "the same seed, all test images. A technique that slows learning down needs more epochs to "
        "pay off. The intervals leave out that validation accuracy still swings from epoch to "
        f"epoch, by up to {100 * table['validation_swing'].max():.0f} points."
    )
    charts.show(
        ablation_figure(table),
        "Test accuracy of the report's network with each technique: "
        + "; ".join(f"{row.variant} {formats.percent(row.accuracy)}" for row in table.itertuples()),
        key="ablation",
    )
    table = table.sort_values("accuracy", ascending=False)
    bounds = zip(table["low"], table["high"], strict=True)
    scores = [score for score in published.WEAK_SCORES if table[score].notna().any()]
    points_of = ("train_validation_gap", "validation_swing")
    points = partial(tables.number, format="%.1f", width=62)
    columns = {
        "variant": st.column_config.TextColumn("technique", pinned=True, width=124),
        "accuracy": tables.percent("accuracy", width=74),
        "interval": st.column_config.TextColumn("interval", width=80),
        "macro_f1": tables.percent("macro F1", width=78),
        "train_validation_gap": points("gap"),
        "validation_swing": points("swing"),
        "seconds": tables.number("training", format="%.0f s", width=72),
        **{score: tables.percent(score.replace("_", " of ")) for score in scores},
        "changes": "settings",
    }
    tables.grid(
        table.assign(interval=[formats.bounds(pair) for pair in bounds])[list(columns)],
        columns,
        key="ablation_table",
        alt="Accuracy, macro F1, gap, swing and weak classes of each technique",
        shares=("accuracy", "macro_f1", *scores, *points_of),
        height="content",
    )
    st.caption(
        "Interval: 95 %, by the choice of test images. Gap: training minus validation accuracy, in "
        "points. Swing: range of validation accuracy over the last three epochs, in points."
    )
    tables.csv_button(table, "ablation", "ablation", "ablation_csv")
