"""How the trials of a sweep stand, written to the sweep's folder while it runs."""

import time
from collections.abc import Callable
from typing import Any

from fer_core.scale.importance import importance
from fer_core.scale.sweep_files import SweepFolder, Trial, TrialState

_IMPORTANCE_SECONDS = 20.0
"""At least from one look at the settings to the next."""


class TrialLog:
    """Keeps `trials.json` of a sweep; `tell` hears of each change."""

    def __init__(self, folder: SweepFolder, tell: Callable[[Trial], None]) -> None:
        self._folder = folder
        self._tell = tell
        self._trials = {trial.number: trial for trial in folder.trials()}
        self._looked = 0.0

    def begin(self, number: int, values: dict[str, Any]) -> None:
        """A trial starts, or starts again."""
        values = self._folder.sweep.tidy(values)
        known = self._trials.get(number)
        if known is None or known.values != values:
            known = Trial(number=number, values=values)
        self._put(known.model_copy(update={"state": TrialState.RUNNING, "reason": ""}))

    def step(self, number: int, result: dict[str, Any]) -> None:
        """An epoch has ended; `result` is what the trial reported."""
        names = ("epoch", "val_accuracy", "seconds", "host")
        self._update(number, **{name: result[name] for name in names if name in result})

    def end(self, number: int, result: dict[str, Any]) -> None:
        """A trial has ended by itself, or was stopped early."""
        trial, epochs = self._trials[number], self._folder.sweep.epochs
        if reason := result.get("failed"):
            self._update(number, state=TrialState.FAILED, reason=reason, val_accuracy=None)
        elif result.get("finished") or trial.epoch >= epochs:
            self._update(number, state=TrialState.DONE)
        else:
            self._update(number, state=TrialState.STOPPED_EARLY)
        self.look_at_settings()

    def lose(self, number: int, reason: str = "") -> None:
        """Its process or machine is gone; with a `reason` for good."""
        state = TrialState.FAILED if reason else TrialState.WAITING
        self._update(number, state=state, reason=reason)

    def look_at_settings(self, *, at_once: bool = False) -> None:
        """Writes which settings mattered so far."""
        if at_once or time.monotonic() - self._looked > _IMPORTANCE_SECONDS:
            self._looked = time.monotonic()
            folder = self._folder
            folder.write_importance(
                importance(folder.sweep, list(self._trials.values()), folder.histories())
            )

    def _update(self, number: int, **changes: Any) -> None:
        self._put(self._trials.get(number, Trial(number=number)).model_copy(update=changes))

    def _put(self, trial: Trial) -> None:
        self._trials[trial.number] = trial
        self._folder.write_trials(sorted(self._trials.values(), key=lambda each: each.number))
        self._tell(trial)
