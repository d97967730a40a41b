"""What a command says that is stopped by Ctrl-C and goes on from there when it is called again, or
by another one.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from fer_core.runs.store import Run
from fer_core.terminal import console

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


@contextmanager
def resumable(run: Run) -> Iterator[None]:
    """Around what trains or exports a run: says how to continue it."""
    try:
        yield
    except KeyboardInterrupt:
        done = run.status().epoch
        usable = f", or use what is there with `python -m fer_core export {run.run_id}`"
        console.print(
            f"Stopped after epoch {done} of {run.config.train.epochs}. Continue with "
            f"`python -m fer_core train --resume {run.run_id}`{usable if done else ''}."
        )
        raise typer.Exit(STOPPED) from None
