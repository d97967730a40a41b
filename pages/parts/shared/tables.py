"""Tables to read, to sort and to take along.

`show` is for a few rows to read: plain HTML, drawn at once, read aloud row by row. `grid` is for
rows to choose, to sort, or too many to see at once; its canvas takes as long to draw as a chart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.tables import to_csv

number = st.column_config.NumberColumn
percent = partial(number, format="%.1f %%")
"""A column of shares, to be named in `shares` of `grid`."""


@dataclass(frozen=True)
class Cell:
    """What stands in a cell, with a smaller second line where there is one, beside a `picture`, a
    data URL, that `alt` describes.
    """

    text: str
    note: str = ""
    picture: str = ""
    alt: str = ""


def show(
    caption: str,
    head: Sequence[Cell],
    rows: Iterable[Sequence[Cell]],
    *,
    key: str,
    apart: int | None = None,
) -> None:
    """Draws a table whose first column names its rows; the others are aligned right.

    Args:
        caption: what it shows, for screen readers.
        head: names of the columns.
        rows: as long as `head` each.
        key: names the table for tests.
        apart: number of the first of the rows that a line sets apart, as averages.
    """
    body = "".join(
        f'<tr class="{"apart" if number == apart else ""}">'
        f'<th scope="row">{_inner(row[0])}</th>'
        + "".join(f"<td>{_inner(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for number, row in enumerate(rows)
    )
    columns = "".join(f'<th scope="col">{_inner(cell)}</th>' for cell in head)
    st.html(
        f'<table class="fer-table" data-testid="{escape(key)}">'
        f"<caption>{escape(caption)}</caption>"
        f"<thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"
    )


def share(value: float, note: str = "") -> Cell:
    """`0.52419` as `52.4 %`; NaN as a dash, without the note."""
    return Cell(formats.percent(value), note if value == value else "")


def area(value: float) -> Cell:
    """`0.52419` as `0.524`; NaN as a dash."""
    return Cell(formats.decimal(value))


def grid(
    table: pd.DataFrame,
    columns: Mapping[str, Any],
    *,
    key: str,
    alt: str,
    shares: Iterable[str] = (),
    **arguments: Any,
) -> Any:
    """Draws a table whose first column stays in view.

    Args:
        table: what it holds; columns that `columns` lacks keep their names.
        columns: heading, or Streamlit's configuration, of each column.
        key: unique on the page.
        alt: what it shows, for those who cannot see it.
        shares: columns of 0-1 that are shown in percent, or in points.
        arguments: passed to `st.dataframe`, as `on_select`.
    """
    headings = {
        name: st.column_config.Column(column, pinned=place == 0)
        if isinstance(column, str)
        else column
        for place, (name, column) in enumerate(columns.items())
    }
    shown = table.assign(**{name: 100 * table[name] for name in shares})
    arguments.setdefault("placeholder", "–")
    return st.dataframe(
        shown, hide_index=True, key=key, alt=alt, column_config=headings, **arguments
    )


def csv_button(table: pd.DataFrame, what: str, name: str, key: str) -> None:
    """A button that saves `table`, with all its digits, as `name`.csv; made when it is pressed.
    It is off where there are no rows.
    """
    st.download_button(
        f"Download {what} (CSV)",
        lambda: to_csv(table),
        file_name=f"{name}.csv",
        mime="text/csv",
        on_click="ignore",
        key=key,
        disabled=table.empty,
    )


def _inner(cell: Cell) -> str:
    note = f"<small>{escape(cell.note)}</small>" if cell.note else ""
    if not cell.picture:
        return escape(cell.text) + note
    picture = f'<img src="{cell.picture}" alt="{escape(cell.alt)}">'
    return f"<div>{picture}<span>{escape(cell.text)}{note}</span></div>"
