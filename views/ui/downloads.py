"""Tables to take along."""

import pandas as pd
import streamlit as st


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
        lambda: table.to_csv(index=False),
        file_name=name,
        mime="text/csv",
        on_click="ignore",
        key=key,
    )
