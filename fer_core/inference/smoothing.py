"""Smooths the probabilities of a face over time.

Exponential smoothing for samples at uneven distances (D. J. Wright, "Forecasting Data
Published at Irregular Time Intervals Using an Extension of Holt's Method", Management
Science 32(4), 1986, without trend): what was seen one half-life ago counts half as much
as what is seen now. No clock runs inside, so live video and files are treated alike.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

DEFAULT_HALF_LIFE = 0.3  # seconds


class Smoother:
    """Smooths each face on its own.

    The first samples of a face are weighted so that they are a plain mean and not drawn
    towards any start value; with a half-life of 0 nothing is smoothed.

    Attributes:
        half_life: seconds; may be changed between two samples.
    """

    def __init__(self, half_life: float = DEFAULT_HALF_LIFE) -> None:
        if half_life < 0:
            raise ValueError(f"half_life must be at least 0 seconds, got {half_life}.")
        self.half_life = half_life
        self._faces: dict[int, tuple[NDArray[np.float64], float, float]] = {}

    def update(
        self, number: int, probabilities: NDArray[np.float32], time: float
    ) -> NDArray[np.float32]:
        """Smoothed `probabilities`, float (7,), of the face with this number of `Tracker.update`;
        `time` is in seconds, not before the face's last one.
        """
        total, weight, seen = self._faces.get(number, (np.zeros(len(probabilities)), 0.0, time))
        elapsed = max(time - seen, 0.0)
        kept = 0.5 ** (elapsed / self.half_life) if self.half_life > 0 else 0.0
        total = kept * total + probabilities
        weight = kept * weight + 1.0
        self._faces[number] = (total, weight, time)
        return np.asarray(total / weight, dtype=np.float32)

    def keep(self, numbers: Iterable[int]) -> None:
        """Forgets every other face, so that a long video needs no more memory."""
        alive = set(numbers)
        self._faces = {number: face for number, face in self._faces.items() if number in alive}
