"""Clips made from single images: a face under changing conditions whose expression changes.

A clip is a row of segments, each one image of another class than the one before, joined by
cross-fades and disturbed as by a camera (`fer_core.temporal.disturbances`). Its images are of one
part of the data set alone: training, validation or test. FER2013 does not say which images show
one person, so the face changes with the class.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_core.data.fer2013 import Faces
from fer_core.evaluation.temporal.course import SETTLING, Course
from fer_core.inference.temporal import FIRST_SECONDS
from fer_core.temporal.disturbances import disturb

SEGMENT_SECONDS = (1.0, 5.0)
"""Shortest and longest time that one expression lasts."""
FADE_SECONDS = (0.0, 0.6)
"""Shortest and longest cross-fade."""
DROPPED = 0.1
"""Share of the frames of training clips that never come."""


@dataclass(frozen=True)
class Timing:
    """Frames of a clip: at so many a second, of which the share `dropped` never comes; the rate of
    each clip is drawn between two ends, evenly on a logarithmic scale.
    """

    frames: int
    rates: tuple[float, float]
    dropped: float = 0.0


TRAINING = Timing(frames=60, rates=(4.0, 30.0), dropped=DROPPED)
MEASURING = Timing(frames=180, rates=(15.0, 15.0))
"""Twelve seconds; each third frame makes the clip at five frames a second."""


def make_clip(
    faces: Faces, timing: Timing, seed: tuple[int, ...]
) -> tuple[Course, NDArray[np.uint8]]:
    """One clip of images drawn from `faces`, which need two classes, and its frames, uint8 (t, 48,
    48, 1). The same seed gives the same clip.
    """
    rng = np.random.default_rng(seed)
    elapsed = _elapsed(timing, rng)
    times = np.cumsum(elapsed, dtype=np.float64) - elapsed[0]
    rows, changes, fades = _segments(faces.labels, float(times[-1]), rng)
    images = faces.images[rows][..., 0].astype(np.float32)
    shares = [
        np.clip((times - c) / max(f, 1e-6) + 0.5, 0, 1) for c, f in zip(changes, fades, strict=True)
    ]
    shown = np.broadcast_to(images[0], (len(times), *images[0].shape)).copy()
    segment = np.zeros(len(times), np.intp)
    steady = times >= SETTLING
    for image, share, change, fade in zip(images[1:], shares, changes, fades, strict=True):
        weight = share[:, None, None].astype(np.float32)
        shown += weight * (image - shown)
        segment += times >= change
        steady &= (times < change - fade / 2) | (times >= change + fade / 2 + SETTLING)
    course = Course(elapsed, faces.labels[rows][segment], steady)
    return course, disturb(shown, elapsed, rng)


def _elapsed(timing: Timing, rng: np.random.Generator) -> NDArray[np.float32]:
    low, high = np.log(timing.rates)
    rate = np.exp(rng.uniform(low, high))
    lost = rng.geometric(1 - timing.dropped, timing.frames) - 1
    elapsed: NDArray[np.float32] = ((1 + lost) / rate).astype(np.float32)
    elapsed[0] = FIRST_SECONDS
    return elapsed


def _segments(
    labels: NDArray[np.int8], duration: float, rng: np.random.Generator
) -> tuple[NDArray[np.intp], list[float], list[float]]:
    """Rows of the images that follow one another, the moments at which they change and how long
    each cross-fade takes, in seconds.
    """
    rows = [int(rng.integers(len(labels)))]
    changes: list[float] = []
    fades: list[float] = []
    moment = float(rng.uniform(*SEGMENT_SECONDS))
    while moment < duration:
        others = np.flatnonzero(labels != labels[rows[-1]])
        rows.append(int(rng.choice(others)))
        changes.append(moment)
        fades.append(float(rng.uniform(*FADE_SECONDS)))
        moment += float(rng.uniform(*SEGMENT_SECONDS))
    return np.array(rows, np.intp), changes, fades
