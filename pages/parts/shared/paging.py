"""Long lists a page at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True)
class Part:
    """What one page shows of a list, and that in words: `25–48 shown`."""

    rows: slice
    words: str


@contextmanager
def part_of(count: int, size: int, *, key: str, in_address: bool = True) -> Iterator[Part]:
    """The part of a list to draw inside; the page numbers stand under it.

    Args:
        count: length of the list.
        size: of a page.
        key: of the control; its value is the number of the page, from 1.
        in_address: whether a link keeps the page.
    """
    slot, page = st.container(), 1
    if count > size:
        bind = "query-params" if in_address else None
        page = st.pagination(-(-count // size), key=key, max_visible_pages=5, bind=bind)
    first, end = size * (page - 1), min(size * page, count)
    with slot:
        yield Part(slice(first, end), f"{first + 1:,}–{end:,} shown")


def go_to_first(key: str) -> None:
    """Shows the first page; for `on_change` of a filter."""
    st.session_state[key] = 1
