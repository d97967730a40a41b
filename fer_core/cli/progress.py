"""Every progress bar of the terminal: downloads, work in stages, training, files being read."""

import time
from typing import Any, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from fer_core.formats import duration
from fer_core.runs.store import Run
from fer_core.terminal import console

_TITLE = TextColumn("{task.description}")


class Bar:
    """What a command shows while it works, to be used in a `with` statement."""

    def __init__(self, *columns: ProgressColumn, on: Console = console, **options: Any) -> None:
        options.setdefault("disable", not on.is_terminal)
        self._progress = Progress(*columns, console=on, **options)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


class CountBar(Bar):
    """One bar that appears with the first step; with `size` it counts bytes."""

    def __init__(self, title: str, *, size: bool = False, on: Console = console) -> None:
        counts = [DownloadColumn(), TransferSpeedColumn()] if size else [MofNCompleteColumn()]
        columns = [SpinnerColumn(), _TITLE, BarColumn(), *counts, TimeRemainingColumn()]
        super().__init__(*columns, on=on, disable=False)
        self._task = self._progress.add_task(title, total=None)

    def __enter__(self) -> Self:
        return self

    def step(self, done: int, total: int) -> None:
        self._progress.start()
        self._progress.update(self._task, completed=done, total=total or None)
        if total and done >= total:
            self._progress.stop()


class StageBar(Bar):
    """One bar for work that comes in named stages; a line a stage where there is no terminal."""

    def __init__(self) -> None:
        super().__init__(_TITLE, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._stage = ""
        self._task = self._progress.add_task("", total=None)

    def advance(self, stage: str, done: int, total: int) -> None:
        """Shows that `done` of `total` steps of `stage` are done."""
        if stage != self._stage:
            self._stage = stage
            self._progress.reset(self._task, description=stage)
            if not console.is_terminal:
                console.print(stage)
        self._progress.update(self._task, completed=done, total=total)


class TrainingProgress(Bar):
    """Observer of `loop.train`: one bar for the run, one for the epoch.

    Where the output is no terminal, only a line an epoch is printed.
    """

    def __init__(self, run: Run) -> None:
        super().__init__(
            *(_TITLE, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left")),
            TimeRemainingColumn(elapsed_when_finished=True),
            TextColumn("{task.fields[figures]}"),
            speed_estimate_period=3600,
        )
        self._config = run.config.train
        self._run_task = self._progress.add_task("run, steps", total=None, figures="")
        self._epoch_task = self._progress.add_task("epoch", total=None, figures="")
        self._first_step: int | None = None

    def on_step(self, epoch: int, step: int, steps: int, logs: dict[str, float]) -> None:
        done = (epoch - 1) * steps + step
        if self._first_step is None:
            # A resumed run must not count earlier epochs into its speed.
            self._first_step = (epoch - 1) * steps
        self._progress.update(
            self._run_task,
            completed=done - self._first_step,
            total=self._config.epochs * steps - self._first_step,
        )
        figures = f"accuracy {logs.get('accuracy', 0):.3f}  loss {logs.get('loss', 0):.3f}"
        self._progress.update(
            self._epoch_task,
            description=self._config.epoch_in_words(epoch),
            completed=step,
            total=steps,
            figures=figures,
        )

    def on_epoch(self, row: dict[str, float]) -> None:
        self._progress.reset(self._epoch_task, figures="")
        console.print(
            f"epoch {row['epoch']:.0f}/{self._config.epochs}  accuracy {row['accuracy']:.4f}  "
            f"loss {row['loss']:.4f}  val_accuracy {row['val_accuracy']:.4f}  "
            f"val_loss {row['val_loss']:.4f}  {row['seconds']:.0f} s",
            soft_wrap=True,
        )


def print_standing(name: str, words: str) -> None:
    """A line on one of several trainings on a cluster."""
    console.print(f"{name}: {words}", soft_wrap=True)


class ReadingBar(Bar):
    """One line on the error stream: files read, which is being read, and where in a video."""

    def __init__(self) -> None:
        read = TextColumn("{task.completed:,.0f} read")
        name = TextColumn("{task.description}")
        super().__init__(read, TimeElapsedColumn(), name, on=Console(stderr=True), transient=True)
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


class ShardBar(Bar):
    """One bar on the error stream for files read by many machines: how many, how many a second, and
    the time left; where there is no terminal, a line every `LINE_SECONDS`.
    """

    LINE_SECONDS = 30.0

    def __init__(self, total: int) -> None:
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[pace]}"))
        super().__init__(*columns, on=Console(stderr=True), transient=True)
        self._total = total
        self._task = self._progress.add_task("", total=total, pace="starting")
        self._last = time.monotonic()
        self._begun: float | None = None
        self._done = self._read = 0

    def step(self, files: int, *, seconds: float | None) -> None:
        """Counts so many files more, which took so many seconds; None where they were read by an
        earlier run.
        """
        now = time.monotonic()
        self._done += files
        pace = "continuing"
        if seconds is not None:
            self._read += files
            self._begun = now - seconds if self._begun is None else self._begun
            rate = self._read / max(now - self._begun, 0.01)
            left = duration((self._total - self._done) / rate) if rate else "unknown time"
            pace = f"{rate:,.1f} a second, {left} left"
        self._progress.update(self._task, completed=self._done, pace=pace)
        if self._progress.disable and now > self._last + self.LINE_SECONDS:
            self._last = now
            self._progress.console.print(f"{self._done:,} of {self._total:,} read, {pace}.")
