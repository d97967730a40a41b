"""Progress in the terminal: of work in stages, and of a training run."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from fer_core.runs.store import Run


class Bar:
    """What a command shows while it works; gone or still when the block ends."""

    _progress: Progress

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()


class StageBar(Bar):
    """One bar for work that comes in named stages; a line a stage where there is no terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._stage = ""
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("", total=None)

    def advance(self, stage: str, done: int, total: int) -> None:
        """Shows that `done` of `total` steps of `stage` are done."""
        if stage != self._stage:
            self._stage = stage
            self._progress.reset(self._task, description=stage)
            if not self._console.is_terminal:
                self._console.print(stage, highlight=False)
        self._progress.update(self._task, completed=done, total=total)


class TrainingProgress(Bar):
    """Observer of `trainer.train`: one bar for the run, one for the epoch.

    Where the output is no terminal, only a line an epoch is printed.
    """

    def __init__(self, console: Console, run: Run) -> None:
        self._console = console
        self._epochs = run.config.train.epochs
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=True),
            TextColumn("{task.fields[figures]}"),
            console=console,
            disable=not console.is_terminal,
            speed_estimate_period=3600,
        )
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
            total=self._epochs * steps - self._first_step,
        )
        figures = f"accuracy {logs.get('accuracy', 0):.3f}  loss {logs.get('loss', 0):.3f}"
        self._progress.update(
            self._epoch_task,
            description=f"epoch {epoch} of {self._epochs}",
            completed=step,
            total=steps,
            figures=figures,
        )

    def on_epoch(self, row: dict[str, float]) -> None:
        self._progress.reset(self._epoch_task, figures="")
        self._console.print(
            f"epoch {row['epoch']:.0f}/{self._epochs}  accuracy {row['accuracy']:.4f}  "
            f"loss {row['loss']:.4f}  val_accuracy {row['val_accuracy']:.4f}  "
            f"val_loss {row['val_loss']:.4f}  {row['seconds']:.0f} s",
            highlight=False,
        )
