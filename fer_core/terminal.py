"""What commands and benchmarks print with: one console, and tables for 80 columns."""

import io
import os
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from fer_core import files

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


def say(message: str) -> None:
    """Tells something beside what the command prints, on stderr."""
    Console(stderr=True, soft_wrap=True).print(message, markup=False, highlight=False)


def set_up_streams() -> None:
    r"""Lets any name be printed, whatever the machine's encoding: a pipe or file gets UTF-8 unless
    `PYTHONIOENCODING` says otherwise, and a letter that the encoding lacks becomes `\u65e5`.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            chosen = stream.isatty() or "PYTHONIOENCODING" in os.environ
            encoding = stream.encoding if chosen else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def print_utf_8(*, mark: bool = False) -> None:
    """Lets a pipe or file get UTF-8 in any case, as tables for other programs must; with `mark`
    begun by a byte order mark.
    """
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    if mark:
        sys.stdout.write("\ufeff")


@contextmanager
def kept_if_possible() -> Iterator[None]:
    """Around writing what is printed as well: where the disk refuses, says so and goes on."""
    try:
        yield
    except OSError as exc:
        Console(stderr=True).print(f"Not kept: {files.explain(exc)}", style="yellow", markup=False)
