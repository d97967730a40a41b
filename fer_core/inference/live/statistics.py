"""Frames a second, latency and dropped frames of a live video, over its last seconds."""

from collections import deque
from dataclasses import dataclass

import numpy as np

WINDOW = 5.0
"""Seconds that rates and percentiles are taken over."""


@dataclass(frozen=True)
class Statistics:
    """How a live video runs.

    Attributes:
        processed: frames read since the start.
        dropped: frames left out since the start, because a newer one was waiting.
        with_face: processed frames in which a face was found.
        failed: processed frames that could not be read.
        fps: processed frames a second, over the last `WINDOW` seconds.
        latency_p50: milliseconds from taking a frame to having drawn it, median of the same
            seconds; 0 before the first frame.
        latency_p95: its 95th percentile.
        drop_rate: dropped share of the frames of the same seconds, 0-1.
        last_frame: time of the last processed frame in seconds of the caller's clock; None
            before the first.
    """

    processed: int = 0
    dropped: int = 0
    with_face: int = 0
    failed: int = 0
    fps: float = 0.0
    latency_p50: float = 0.0
    latency_p95: float = 0.0
    drop_rate: float = 0.0
    last_frame: float | None = None


class FrameCounter:
    """Counts frames. One thread at a time.

    Args:
        window: seconds that rates and percentiles are taken over.
    """

    def __init__(self, window: float = WINDOW) -> None:
        self._window = window
        self._recent: deque[tuple[float, float, int]] = deque()
        self._started: float | None = None
        self._last: float | None = None
        self._processed = self._dropped = self._with_face = self._failed = 0

    def add(self, time: float, latency: float, *, dropped: int, found: bool, failed: bool) -> None:
        """Counts one processed frame.

        Args:
            time: at which it was done, in seconds.
            latency: seconds that it took.
            dropped: frames that were left out before it.
            found: whether it shows a face.
            failed: whether it could not be read.
        """
        if self._started is None:
            self._started = time - latency
        self._processed += 1
        self._dropped += dropped
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
        span = min(self._window, time - self._started) if self._started is not None else 0.0
        p50, p95 = np.percentile(latencies, [50, 95]) if latencies else (0.0, 0.0)
        return Statistics(
            processed=self._processed,
            dropped=self._dropped,
            with_face=self._with_face,
            failed=self._failed,
            fps=len(latencies) / span if span > 0 else 0.0,
            latency_p50=float(p50),
            latency_p95=float(p95),
            drop_rate=dropped / (dropped + len(latencies)) if latencies else 0.0,
            last_frame=self._last,
        )

    def _forget(self, time: float) -> None:
        while self._recent and self._recent[0][0] < time - self._window:
            self._recent.popleft()
