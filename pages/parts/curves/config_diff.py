"""The Training curves page's comparison of settings: the chosen runs side by side."""

import streamlit as st

from fer_core.runs.store import Run
from fer_core.runs.table import compare_settings
from fer_core.tables import to_csv


def section(runs: list[Run], others: list[str]) -> None:
    """Draws what the chosen runs differ in, or on demand everything.

    Args:
        runs: the chosen ones.
        others: names among the chosen that are no runs of ours and have no settings here.
    """
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
        f"Everything that {names} was made from. Choose another run to see what differs."
        if single
        else f"{len(table)} settings of {names}."
        if everything
        else f"{names} differ in {len(table)} settings."
    )
    if others:
        text += f" {', '.join(others)} keeps no settings here."
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
    st.download_button(
        "Download settings (CSV)",
        to_csv(table),
        file_name="settings.csv",
        mime="text/csv",
        on_click="ignore",
        key="settings-csv",
    )
