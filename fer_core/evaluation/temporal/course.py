"""When the frames of a face come and what they truly show."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_core.inference.temporal import FIRST_SECONDS

SETTLING = 1.0
"""Seconds after the end of a change, or after the first frame, until which an answer may still
follow; a change of answer after that counts as flicker."""


@dataclass(frozen=True)
class Course:
    """One face over time.

    Attributes:
        elapsed: float32 (t,), seconds since the frame before, `FIRST_SECONDS` for the first.
        labels: int8 (t,), index into `CLASS_NAMES`.
        steady: bool (t,), whether nothing changes and the last change is `SETTLING` ago.
    """

    elapsed: NDArray[np.float32]
    labels: NDArray[np.int8]
    steady: NDArray[np.bool_]

    @property
    def times(self) -> NDArray[np.float64]:
        """Seconds from the first frame, float64 (t,)."""
        times: NDArray[np.float64] = np.cumsum(self.elapsed, dtype=np.float64)
        return times - float(self.elapsed[0])

    def every(self, step: int) -> "Course":
        """Each frame of so many."""
        times = self.times[::step]
        elapsed = np.diff(times, prepend=times[0] - FIRST_SECONDS).astype(np.float32)
        return Course(elapsed, self.labels[::step], self.steady[::step])

    @classmethod
    def of_one_class(cls, label: int, times: NDArray[np.floating]) -> "Course":
        """A face that shows one expression throughout, at moments (t,) in seconds."""
        elapsed = np.diff(times, prepend=times[0] - FIRST_SECONDS).astype(np.float32)
        labels = np.full(len(times), label, np.int8)
        return cls(elapsed, labels, np.asarray(times - times[0] >= SETTLING))
