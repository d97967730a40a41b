"""Progress of reading files, on the terminal's error stream and only where there is one."""

from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from fer_core.cli.progress import Bar


class ReadingBar(Bar):
    """One line: how many files are done, which is being read, and where in a video."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.completed:,.0f} read"),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("", total=None)
        self._name = ""
        self._begun = 0

    def begin(self, name: str) -> None:
        """Shows that the file before is done and that `name` is being read."""
        self._name = name
        self._progress.update(self._task, completed=self._begun, description=name)
        self._begun += 1

    def at(self, seconds: float, duration: float | None) -> None:
        """Shows how far a video was read, in seconds."""
        of = f" of {duration:.0f}" if duration else ""
        self._progress.update(self._task, description=f"{self._name}, {seconds:.0f}{of} s")
