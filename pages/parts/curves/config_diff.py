"""The settings of the chosen runs side by side."""

import streamlit as st

from fer_core.runs.table import compare_settings
from pages.parts.curves.selection import REPORT, Selection
from pages.parts.shared import downloads


def show(selected: Selection) -> None:
    """What the chosen runs differ in, or on demand every setting."""
    runs = selected.chosen
    if not runs:
        st.caption("Choose a run above to see its settings; two or more to compare them.")
        return
    single = len(runs) == 1
    everything = single or st.toggle(
        "All settings",
        key="all-settings",
        bind="query-params",
        help="Off: only those that differ.",
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
    words = st.column_config.TextColumn
    st.dataframe(
        table,
        hide_index=True,
        key="setting-table",
        alt=f"Settings of {names}",
        column_config={
            "setting": words("setting", pinned=True),
            "meaning": words("what it is"),
        },
    )
    downloads.csv_button(table, "Download settings (CSV)", "settings.csv", "settings-csv")
