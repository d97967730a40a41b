"""Tables and reports to take along."""

from functools import partial

import pandas as pd
import streamlit as st

from fer_core.runs.store import Run
from fer_core.tables import to_csv


def csv_button(table: pd.DataFrame, label: str, name: str, key: str) -> None:
    """A button that saves `table` as CSV; the file is made when it is pressed.

    Args:
        table: what is shown, with all its digits.
        label: as "Download table (CSV)".
        name: of the file, with `.csv`.
        key: unique on the page.
    """
    st.download_button(
        label,
        lambda: to_csv(table),
        file_name=name,
        mime="text/csv",
        on_click="ignore",
        key=key,
    )


def report_button(run: Run) -> None:
    """A button that saves everything on the run as one HTML file, made when it is pressed."""
    st.download_button(
        "Download report (HTML)",
        partial(_html_report, run),
        file_name=f"{run.run_id}-report.html",
        mime="text/html",
        on_click="ignore",
        key="html_report",
        help="One file with every figure and chart of this run, to read without this app.",
    )


def _html_report(run: Run) -> bytes:
    from fer_core.reporting.html_report import html_report

    return html_report(run)
