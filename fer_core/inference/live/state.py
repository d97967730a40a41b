"""What live video is read with and what is known about it at one moment."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.inference.box import Box
from fer_core.inference.live.statistics import Statistics
from fer_core.inference.smoothing import DEFAULT_HALF_LIFE

TIMELINE = 30.0
"""Seconds that the timeline goes back."""


@dataclass(frozen=True)
class LiveSettings:
    """What may be changed while the video plays.

    Attributes:
        min_confidence: of the face detector, 0.3-1; faces below it are left out.
        half_life: seconds after which an earlier look at a face counts half; 0 for none.
        unsure_below: probability below which a face is labelled "not sure", 0-1.
        mirrored: whether the picture is shown as in a mirror.
    """

    min_confidence: float = 0.6
    half_life: float = DEFAULT_HALF_LIFE
    unsure_below: float = 0.0
    mirrored: bool = True


@dataclass(frozen=True, eq=False)
class LiveFace:
    """One face of the newest frame.

    Attributes:
        number: the same from frame to frame, from 1.
        box: in pixels of the frame as it is shown.
        probabilities: float32 (7,), smoothed, in class order.
        unsure: whether the highest of them is too low to name a class.
    """

    number: int
    box: Box
    probabilities: NDArray[np.float32]
    unsure: bool

    @property
    def label(self) -> str:
        """The most probable class's name, or `not sure`."""
        return "not sure" if self.unsure else CLASS_NAMES[int(np.argmax(self.probabilities))]

    @property
    def confidence(self) -> float:
        """The highest probability, 0-1."""
        return float(np.max(self.probabilities))


@dataclass(frozen=True, eq=False)
class TimelinePoint:
    """The leading face at one moment.

    Attributes:
        time: seconds of the processor's clock.
        number: of the face; None where there was none.
        probabilities: float32 (7,), smoothed; None likewise.
    """

    time: float
    number: int | None
    probabilities: NDArray[np.float32] | None


@dataclass(frozen=True, eq=False)
class LiveState:
    """A copy of what is known at one moment, safe to read in any thread.

    Attributes:
        now: when it was taken, in seconds of the processor's clock.
        faces: of the newest frame, the leading one first: the largest, until another is
            clearly larger.
        timeline: the last `TIMELINE` seconds, oldest first.
        statistics: how the video runs.
    """

    now: float
    faces: tuple[LiveFace, ...]
    timeline: tuple[TimelinePoint, ...]
    statistics: Statistics

    def leading_scores(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The leading face over time: seconds before now (n,), and probabilities (n, 7), NaN
        where it was gone or became another.
        """
        seconds = np.array([point.time - self.now for point in self.timeline])
        numbers = np.array([point.number or 0 for point in self.timeline])
        gone = np.full(NUM_CLASSES, np.nan)
        rows = [gone if p.probabilities is None else p.probabilities for p in self.timeline]
        scores = np.array(rows, np.float64).reshape(-1, NUM_CLASSES)
        changed = np.flatnonzero(np.diff(numbers)) + 1
        return np.insert(seconds, changed, seconds[changed]), np.insert(
            scores, changed, gone, axis=0
        )


@dataclass(frozen=True)
class StageTimes:
    """Seconds that the stages of one frame took."""

    detect: float = 0.0
    frame: float = 0.0
    classify: float = 0.0
    draw: float = 0.0
