"""What live video is read with, what is known about it at one moment, and how it runs."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.inference.box import Box
from fer_core.inference.results import NOT_SURE
from fer_core.inference.smoothing import DEFAULT_HALF_LIFE

TIMELINE = 30.0  # seconds that the timeline goes back
WINDOW = 5.0  # seconds that rates and percentiles are taken over
SESSION_COLUMNS = ("seconds", "face", "expression", "network", "smoothing", *CLASS_NAMES)
"""Of a session's table, made here or in the browser."""


@dataclass(frozen=True)
class LiveSettings:
    """What may be changed while the video plays."""

    min_confidence: float = 0.6  # of the face detector, 0.3-1; faces below it are omitted
    half_life: float = DEFAULT_HALF_LIFE  # seconds; an earlier frame counts half; 0: not smoothed
    unsure_below: float = 0.0  # probability below which a face is labelled "not sure", 0-1
    mirrored: bool = True  # whether the picture is shown as in a mirror


@dataclass(frozen=True, eq=False)
class LiveFace:
    """One face of the newest frame."""

    number: int  # the same from frame to frame, from 1
    box: Box  # in pixels of the frame as it is shown
    probabilities: NDArray[np.float32]  # float32 (7,), smoothed, in class order
    unsure: bool  # whether the highest of them is too low to name a class

    @property
    def label(self) -> str:
        """The most probable class's name, or `NOT_SURE`."""
        return NOT_SURE if self.unsure else CLASS_NAMES[int(np.argmax(self.probabilities))]

    @property
    def confidence(self) -> float:
        """The highest probability, 0-1."""
        return float(np.max(self.probabilities))


@dataclass(frozen=True, eq=False)
class TimelinePoint:
    """The leading face at one moment, in seconds of the processor's clock: its number, smoothed
    probabilities, float32 (7,), and label, the run that read it and what smoothed its answers; None
    where there was none.
    """

    time: float
    number: int | None
    probabilities: NDArray[np.float32] | None
    label: str | None = None
    run_id: str | None = None
    smoothing: str | None = None


@dataclass(frozen=True)
class Statistics:
    """How a live video runs: frame counts since the start, rates over the last `WINDOW` seconds.

    Latency is from taking a frame to having drawn it, in milliseconds, 0 before the first frame.
    """

    processed: int = 0
    with_face: int = 0  # of the processed ones
    failed: int = 0  # processed frames that could not be read
    fps: float = 0.0  # processed frames a second
    latency_p95: float = 0.0  # 95th percentile
    drop_rate: float = 0.0  # share of the frames that gave way to a newer one, 0-1
    last_frame: float | None = None  # time of the last processed one, by the caller's clock


@dataclass(frozen=True, eq=False)
class LiveState:
    """A copy of what is known at one moment, safe to read in any thread.

    The leading face comes first: the largest, until another is clearly larger.
    """

    now: float  # seconds of the processor's clock
    faces: tuple[LiveFace, ...]  # of the newest frame
    timeline: tuple[TimelinePoint, ...]  # the last `TIMELINE` seconds, oldest first
    statistics: Statistics
    left_out: int = 0  # faces of the newest frame that were not read, as others are larger

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
        seconds = np.insert(seconds, changed, seconds[changed])
        return seconds, np.insert(scores, changed, gone, axis=0)


def timeline_table(points: Sequence[TimelinePoint]) -> pd.DataFrame:
    """The leading face over time, with `SESSION_COLUMNS`: seconds since the first point, the face's
    number, label, network and smoothing, and its smoothed probability of each class, 0-1, to four
    digits; of moments without a face the seconds alone.
    """
    nobody = [float("nan")] * NUM_CLASSES
    rows = [
        (
            round(point.time - points[0].time, 2),
            point.number,
            point.label,
            point.run_id,
            point.smoothing,
            *(
                nobody
                if point.probabilities is None
                else point.probabilities.astype(float).round(4)
            ),
        )
        for point in points
    ]
    table = pd.DataFrame(rows, columns=list(SESSION_COLUMNS))
    return table.astype({"face": "Int64"})


@dataclass(frozen=True)
class StageTimes:
    """Seconds that the stages of one frame took."""

    detect: float = 0.0
    frame: float = 0.0
    classify: float = 0.0
    draw: float = 0.0


class FrameCounter:
    """Counts frames. One thread at a time."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, float, int]] = deque()
        self._started: float | None = None
        self._last: float | None = None
        self._processed = self._with_face = self._failed = 0

    def add(self, time: float, latency: float, *, dropped: int, found: bool, failed: bool) -> None:
        """Counts one processed frame, done at `time` after `latency` seconds, with the number
        of frames that were `dropped` before it.
        """
        if self._started is None:
            self._started = time - latency
        self._processed += 1
        self._with_face += found
        self._failed += failed
        self._last = time
        self._recent.append((time, latency, dropped))
        self._forget(time)

    def statistics(self, time: float) -> Statistics:
        """The figures at `time`, in seconds of the same clock."""
        self._forget(time)
        latencies = [1000 * latency for _, latency, _ in self._recent]
        dropped = sum(count for _, _, count in self._recent)
        span = min(WINDOW, time - self._started) if self._started is not None else 0.0
        return Statistics(
            processed=self._processed,
            with_face=self._with_face,
            failed=self._failed,
            fps=len(latencies) / span if span > 0 else 0.0,
            latency_p95=float(np.percentile(latencies, 95)) if latencies else 0.0,
            drop_rate=dropped / (dropped + len(latencies)) if latencies else 0.0,
            last_frame=self._last,
        )

    def _forget(self, time: float) -> None:
        while self._recent and self._recent[0][0] < time - WINDOW:
            self._recent.popleft()
