"""What commands and benchmarks print with: one console, and tables for 80 columns."""

from collections.abc import Collection
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

console = Console(highlight=False, markup=False)


def table(title: str, *headings: str, left: Collection[str] = (), **options: Any) -> Table:
    """An empty table of unwrapped columns.

    The columns `left` (without any, the first) are aligned to the left, the others, which hold
    numbers, to the right; `options` as of `rich.table.Table`.
    """
    made = Table(title=title, box=box.SIMPLE_HEAD, padding=0, pad_edge=False, **options)
    for heading in headings:
        is_left = heading in (left or headings[:1])
        made.add_column(heading, justify="left" if is_left else "right", no_wrap=True)
    return made
