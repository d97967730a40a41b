"""How long work tells how far it is; `fer_core.cli.progress` draws it."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with (done, in all). An exception it raises cancels the work."""

StageProgress = Callable[[str, int, int], None]
"""Called with (what is done now, steps of it done, in all). An exception cancels the work."""


def silent(stage: str, done: int, total: int) -> None:
    """A `StageProgress` that does nothing."""


def of_stage(progress: StageProgress, stage: str) -> Progress:
    """The progress of one stage."""
    return lambda done, total: progress(stage, done, total)
