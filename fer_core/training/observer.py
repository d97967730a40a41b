"""Who is told how training goes: the caller, the run's heartbeat, a lost Ctrl-C."""

import time
from collections.abc import Callable
from typing import Any, Protocol

from fer_core.runs.store import Run, State
from fer_core.training.recording import report

HEARTBEAT_SECONDS = 5.0


class Observer(Protocol):
    """Told what happened; decides nothing."""

    def on_step(self, epoch: int, step: int, steps: int, logs: dict[str, float]) -> None:
        """After each step; `epoch` and `step` count from 1."""

    def on_epoch(self, row: dict[str, float]) -> None:
        """After each epoch, with its history row."""


class Silent:
    """An observer that does nothing."""

    def on_step(self, epoch: int, step: int, steps: int, logs: dict[str, float]) -> None: ...

    def on_epoch(self, row: dict[str, float]) -> None: ...


class Heeding:
    """Passes on what it is told, and ends training where a Ctrl-C was lost."""

    def __init__(self, observer: Observer | None, check_interrupt: Callable[[], None]) -> None:
        self.observer = observer or Silent()
        self.check_interrupt = check_interrupt

    def on_step(self, epoch: int, step: int, steps: int, logs: dict[str, float]) -> None:
        self.observer.on_step(epoch, step, steps, logs)
        self.check_interrupt()

    def on_epoch(self, row: dict[str, float]) -> None:
        self.observer.on_epoch(row)
        self.check_interrupt()


def step_callback(run: Run, epoch: int, observer: Observer) -> Any:
    """A Keras callback that tells `observer` of each step and keeps the heartbeat fresh.

    Args:
        run: whose heartbeat.
        epoch: index from 0.
        observer: told of the steps.
    """
    import keras

    class Steps(keras.callbacks.Callback):  # type: ignore[misc]
        beat = time.monotonic()

        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            step, steps = batch + 1, self.params["steps"]
            observer.on_step(epoch + 1, step, steps, logs or {})
            if time.monotonic() - self.beat > HEARTBEAT_SECONDS:
                self.beat = time.monotonic()
                report(run, State.RUNNING, epoch, step=step, steps=steps, stage="Training")

    return Steps()
