"""Clips of any length as the equally long rows that are trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import NUM_CLASSES
from fer_core.inference.temporal import FIRST_SECONDS
from fer_core.models.temporal import Source
from fer_core.temporal.clips import TRAINING
from fer_core.temporal.features import SeenClip


@dataclass(frozen=True)
class Rows:
    """Equally long clips; what stands behind a shorter one's end has weight 0.

    Attributes:
        features: float32 (n, t, c); `scores` float32 (n, t, 7) are the other network's.
        seconds: float32 (n, t, 1), since the frame before.
        labels: int8 (n, t).
        weights: float32 (n, t), 1 or 0.
    """

    features: NDArray[np.float32]
    scores: NDArray[np.float32]
    seconds: NDArray[np.float32]
    labels: NDArray[np.int8]
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, order: NDArray[np.intp]) -> "Rows":
        """The clips at `order`."""
        return Rows(*(array[order] for array in vars(self).values()))

    def source(self) -> Source:
        """What the frames say of the network that saw them."""
        counts = self.weights > 0
        return Source.of(self.features[counts], self.scores[counts])


def as_rows(clips: Sequence[SeenClip], frames: int = TRAINING.frames) -> Rows:
    """At least one clip, cut into pieces of `frames`, each of which begins as a face's first."""
    pieces = [(clip, start) for clip in clips for start in range(0, len(clip.scores), frames)]
    width = clips[0].features.shape[1]
    rows = Rows(
        np.zeros((len(pieces), frames, width), np.float32),
        np.zeros((len(pieces), frames, NUM_CLASSES), np.float32),
        np.full((len(pieces), frames, 1), FIRST_SECONDS, np.float32),
        np.zeros((len(pieces), frames), np.int8),
        np.zeros((len(pieces), frames), np.float32),
    )
    for row, (clip, start) in enumerate(pieces):
        seen = clip.features[start : start + frames]
        rows.features[row, : len(seen)] = seen
        rows.scores[row, : len(seen)] = clip.scores[start : start + frames]
        rows.seconds[row, 1 : len(seen), 0] = clip.course.elapsed[start + 1 : start + len(seen)]
        rows.labels[row, : len(seen)] = clip.course.labels[start : start + frames]
        rows.weights[row, : len(seen)] = 1
    return rows
