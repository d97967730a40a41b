"""Accuracy by frame, lag and flicker of answers over time, with 95 % intervals.

Lag is measured on changes that can be read: most frames until the next change are right taken one
by one. Every method is so measured on the same changes; one that does not follow until the next
change has at least that lag. Intervals are of bootstraps over clips (Efron 1979): frames of one
clip are no independent evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_core.evaluation.intervals import percentiles
from fer_core.evaluation.temporal.course import Course

RESAMPLES = 1000
_SEED = 0
_SHORTEST = 1.0
"""Seconds that a new expression lasts at least, to measure how long an answer takes to follow."""

Answers = Sequence[NDArray[np.integer]]
"""Of each clip the class that was named in each frame, int (t,)."""


@dataclass(frozen=True)
class Counted:
    """What one method did, clip by clip.

    Attributes:
        right: (n,), frames with the right answer.
        frames: (n,), of each clip.
        lags: (m,), seconds after each change that can be read; `lag_clip` (m,) is its clip.
        flips: (n,), changes of answer where nothing changes, in `steady` (n,) seconds.
    """

    right: NDArray[np.int64]
    frames: NDArray[np.int64]
    lags: NDArray[np.float64]
    lag_clip: NDArray[np.intp]
    flips: NDArray[np.int64]
    steady: NDArray[np.float64]

    def figures(self, drawn: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """The figures named in `FIGURES`, float64 (5,), NaN where nothing tells one; each clip
        counts as often as it was `drawn`, int (n,), once where None.
        """
        times = np.ones(len(self.frames), np.int64) if drawn is None else drawn
        lags = np.repeat(self.lags, times[self.lag_clip])
        middle = late = mean = flicker = np.nan
        if len(lags):
            middle, late = np.percentile(lags, [50, 90])
            mean = lags.mean()
        if steady := float(np.sum(times * self.steady)):
            flicker = np.sum(times * self.flips) / steady
        accuracy = np.sum(times * self.right) / max(1, int(np.sum(times * self.frames)))
        return np.array([accuracy, middle, late, mean, flicker])


FIGURES = ("accuracy", "lag_median", "lag_p90", "lag_mean", "flicker")
"""Share of right frames, 0-1; seconds; changes of answer a second."""


def count(courses: Sequence[Course], answers: Answers, single: Answers) -> Counted:
    """Counts what the `answers` of a method did on clips; `single` are those of frames taken one
    by one, which say what changes can be read.
    """
    lags: list[float] = []
    lag_clip: list[int] = []
    flips, seconds = [], []
    for number, (course, named, alone) in enumerate(zip(courses, answers, single, strict=True)):
        found = _lags(course, named, alone)
        lags += found
        lag_clip += [number] * len(found)
        quiet = course.steady[1:] & course.steady[:-1] & (course.labels[1:] == course.labels[:-1])
        flips.append(int(np.sum(quiet & (named[1:] != named[:-1]))))
        seconds.append(float(course.elapsed[1:][quiet].sum()))
    return Counted(
        right=np.array([np.sum(n == c.labels) for c, n in zip(courses, answers, strict=True)]),
        frames=np.array([len(course.labels) for course in courses]),
        lags=np.array(lags),
        lag_clip=np.array(lag_clip, np.intp),
        flips=np.array(flips),
        steady=np.array(seconds),
    )


def _lags(course: Course, named: NDArray[np.integer], alone: NDArray[np.integer]) -> list[float]:
    times = course.times
    starts = np.flatnonzero(np.diff(course.labels)) + 1
    lags = []
    for start, end in zip(starts, [*starts, len(times)][1:], strict=True):
        label, lasts = course.labels[start], times[end - 1] - times[start]
        if lasts < _SHORTEST or np.mean(alone[start:end] == label) < 0.5:
            continue
        at = np.flatnonzero(named[start:end] == label)
        lags.append(float(times[start + at[0]] - times[start]) if len(at) else float(lasts))
    return lags


def draws(clips: int) -> NDArray[np.int64]:
    """How often each of so many clips is drawn in each resample, int64 (`RESAMPLES`, n); the same
    for all methods, whose differences are then of the same clips.
    """
    rng = np.random.default_rng(_SEED)
    drawn: NDArray[np.int64] = rng.multinomial(clips, np.full(clips, 1 / clips), size=RESAMPLES)
    return drawn


def with_intervals(counted: Counted, drawn: NDArray[np.int64]) -> dict[str, float]:
    """The figures named in `FIGURES`, each with its `_low` and `_high`."""
    found = counted.figures()
    low, high = percentiles(np.stack([counted.figures(times) for times in drawn]))
    return {
        f"{name}{end}": float(value)
        for name, *values in zip(FIGURES, found, low, high, strict=True)
        for end, value in zip(("", "_low", "_high"), values, strict=True)
    }


def gain_at_same_lag(
    method: Counted, others: Sequence[Counted], drawn: NDArray[np.int64]
) -> tuple[float, float, float]:
    """Accuracy of a method less the best that the `others` reach at the same mean lag or less,
    between two of them along a line; with the ends of its interval.
    """
    value = _gain(method, others, None)
    low, high = percentiles(np.array([[_gain(method, others, times)] for times in drawn]))
    return value, float(low[0]), float(high[0])


def _gain(method: Counted, others: Sequence[Counted], drawn: NDArray[np.int64] | None) -> float:
    accuracy, lag = method.figures(drawn)[[0, 3]]
    curve = np.stack([other.figures(drawn)[[3, 0]] for other in others])
    lags, accuracies = curve[np.argsort(curve[:, 0], kind="stable")].T
    return float(accuracy - np.interp(lag, lags, np.maximum.accumulate(accuracies)))
