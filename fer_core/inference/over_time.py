"""What is done with the answers to a face over time: nothing, smoothing, or a recurrent network."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import RunError
from fer_core.inference.smoothing import Smoother
from fer_core.inference.temporal import (
    FIRST_SECONDS,
    TemporalModel,
    find_temporal,
    load_temporal,
)
from fer_core.inference.tracking import MAX_GAP
from fer_core.runs.records import Place
from fer_core.runs.store import list_runs

Floats = NDArray[np.float32]

COMMAND = "python -m fer_core train --preset temporal"
"""Trains a recurrent network."""


class OverTime(StrEnum):
    """NONE: each frame alone. EXPONENTIAL: earlier answers count less and less
    (`fer_core.inference.smoothing`). RECURRENT: a network that was trained on features of faces
    over time answers (`fer_core.inference.temporal`).
    """

    NONE = "none"
    EXPONENTIAL = "exponential"
    RECURRENT = "recurrent"


@dataclass(frozen=True, eq=False)
class _Seen:
    """A face's state after the frame at `time`."""

    state: Floats
    time: float


class FacesOverTime:
    """Smooths the answers to each followed face: by a temporal model where there is one, and
    exponentially otherwise.

    Attributes:
        half_life: seconds, of exponential smoothing; 0 for none.
        max_gap: seconds after which a temporal model has forgotten a face, as its tracker has.
    """

    def __init__(
        self, half_life: float, temporal: TemporalModel | None = None, max_gap: float = MAX_GAP
    ) -> None:
        self.max_gap = max_gap
        self._smoother = Smoother(half_life)
        self._temporal = temporal
        self._seen: dict[int, _Seen] = {}

    def change(self, half_life: float, temporal: TemporalModel | None) -> None:
        """Takes effect from the next frame on, at which another temporal model begins anew."""
        self._smoother.half_life = half_life
        if temporal is not self._temporal:
            self._temporal, self._seen = temporal, {}

    def update(
        self, numbers: Sequence[int], scores: Floats, features: Floats | None, time: float
    ) -> Floats:
        """Probabilities (n, 7) of one frame's faces, at least one.

        Args:
            numbers: of `Tracker.update`.
            scores: (n, 7), of this frame alone.
            features: (n, c), for a temporal model; not used otherwise.
            time: seconds, never less than before.
        """
        if self._temporal is None:
            pairs = zip(numbers, scores, strict=True)
            return np.stack([self._smoother.update(number, row, time) for number, row in pairs])
        assert features is not None
        return self._step(self._temporal, numbers, features, time)

    def keep(self, numbers: Iterable[int]) -> None:
        """Forgets every other face."""
        alive = set(numbers)
        self._smoother.keep(alive)
        self._seen = {number: seen for number, seen in self._seen.items() if number in alive}

    def _step(
        self, temporal: TemporalModel, numbers: Sequence[int], features: Floats, time: float
    ) -> Floats:
        state = temporal.initial(len(numbers))
        seconds = np.full(len(numbers), FIRST_SECONDS, np.float32)
        for row, number in enumerate(numbers):
            seen = self._seen.get(number)
            if seen is not None and time - seen.time <= self.max_gap:
                state[row], seconds[row] = seen.state, time - seen.time
        probabilities, following = temporal.step(features, state, seconds)
        self._seen |= {
            number: _Seen(state, time) for number, state in zip(numbers, following, strict=True)
        }
        return probabilities


def model_for(network: str, way: OverTime | None, place: Place) -> TemporalModel | None:
    """The recurrent network that answers over time for the run named `network`; None where the
    `way` is another one, or is None and validation clips did not show it to be better.

    Raises:
        RunError: it was asked for, and there is none that can be used.
    """
    run = find_temporal(network)
    facts = run.config.temporal if run is not None else None
    if way is None and facts is not None and place in facts.default_in:
        with suppress(RunError):  # a damaged one that nobody asked for
            return load_temporal(run.folder) if run is not None else None
    if way is not OverTime.RECURRENT:
        return None
    if run is None:
        raise RunError(why_none(network))
    return load_temporal(run.folder)


def in_words(temporal: TemporalModel | None, half_life: float) -> str:
    """What is done, as results and files name it: `recurrent network temporal`, `exponential with
    half-life 0.3 s` or `none`.
    """
    if temporal is not None:
        return f"{OverTime.RECURRENT} network {temporal.run_id}"
    return f"{OverTime.EXPONENTIAL} with half-life {half_life:g} s" if half_life else "none"


def why_none(network: str, root: Path | None = None) -> str:
    """Why `find_temporal` finds no recurrent network for the run named `network`."""
    known = networks(root)
    if not known:
        return f"No recurrent network has been trained yet. Train one: {COMMAND}"
    if network in known:
        return (
            f"The recurrent network was trained on another network named {network}. Train it "
            f"again: {COMMAND}"
        )
    return f"The recurrent network was trained for {' or '.join(known)}, not for {network}."


def networks(root: Path | None = None) -> list[str]:
    """Runs whose networks a recurrent one reads over time."""
    found = [run.config.temporal for run in list_runs(root) if run.onnx_path.exists()]
    names = [name for facts in found if facts is not None for name in facts.features_of]
    return list(dict.fromkeys(names))
