"""Small tables as plain HTML: drawn at once, read aloud row by row, no scrolling inside.

For a few rows to read. Where rows are chosen, sorted or too many to see at once,
`st.dataframe` is the tool; its canvas takes the browser as long to draw as a chart.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd
import streamlit as st


@dataclass(frozen=True)
class Cell:
    """What stands in a cell, with a smaller second line where there is one."""

    text: str
    note: str = ""


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


def score(value: float, note: str = "") -> Cell:
    """`0.52419` as `0.5242`; NaN as a dash, without the note."""
    return Cell("–") if value != value else Cell(f"{value:.4f}", note)


def in_percent(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The table with these columns of shares (0-1) in percent, for a format as `%.1f %%`."""
    return table.assign(**{name: 100 * table[name] for name in columns})


def _inner(cell: Cell) -> str:
    note = f"<small>{escape(cell.note)}</small>" if cell.note else ""
    return escape(cell.text) + note
