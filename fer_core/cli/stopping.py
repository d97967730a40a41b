"""What a command says that is stopped by Ctrl-C and goes on from there when it is called again."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

STOPPED = 130
"""Exit code after Ctrl-C."""


@contextmanager
def continues() -> Iterator[None]:
    """Around the work of such a command, or above the whole as a decorator."""
    try:
        yield
    except KeyboardInterrupt:
        Console(stderr=True).print("Stopped. The same command continues.")
        raise typer.Exit(STOPPED) from None
