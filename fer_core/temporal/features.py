"""What a network sees in the frames of clips, computed once and kept in the cache folder.

A part of `PART` clips is a file: whoever is interrupted continues with the next part, and more
clips of the same recipe add to those that are there.
"""

import hashlib
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core import paths
from fer_core.data.fer2013 import Faces
from fer_core.evaluation.temporal.course import Course
from fer_core.files import write_file
from fer_core.inference.classifier import Classifier
from fer_core.progress import Progress
from fer_core.runs.store import Run
from fer_core.temporal.clips import Timing, make_clip

RECIPE = 1
"""Raise it where clips of the same seed are no longer the same: kept features are then of others.
"""
PART = 25
_FILES = "temporal"


@dataclass(frozen=True)
class SeenClip:
    """One face over time, as a network sees it.

    Attributes:
        course: when its frames come and what they show.
        features: float32 (t, c), what the last layer of the network sees.
        scores: float32 (t, 7), its probabilities, frame by frame.
    """

    course: Course
    features: NDArray[np.float32]
    scores: NDArray[np.float32]

    def every(self, step: int) -> "SeenClip":
        """Each frame of so many."""
        return SeenClip(self.course.every(step), self.features[::step], self.scores[::step])


def see_clips(
    run: Run,
    classifier: Classifier,
    faces: Faces,
    timing: Timing,
    count: int,
    seed: int,
    progress: Progress = lambda done, total: None,
) -> list[SeenClip]:
    """So many clips of `faces` as the network of `run`, opened as `classifier`, sees them.

    An exception from `progress`, called before each part, ends it; finished parts are kept.
    """
    digest = hashlib.sha256()
    for text in (RECIPE, run.model_stamp(), timing, seed):
        digest.update(f"{text}\n".encode())
    digest.update(np.sort(faces.paths).astype("S").tobytes())
    digest.update(faces.labels.tobytes())
    folder = paths.cache_dir() / _FILES / digest.hexdigest()[:16]
    clips: list[SeenClip] = []
    for start in range(0, count, PART):
        progress(start, count)
        numbers = range(start, min(start + PART, count))
        path = folder / f"{start:05d}-{numbers.stop:05d}.npz"
        clips += _kept(path) or _seen(path, classifier, faces, timing, seed, numbers)
    progress(count, count)
    return clips


def _kept(path: Path) -> list[SeenClip]:
    """What a part's file holds; nothing where there is none, or it is damaged."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return _unpacked(*(file[name] for name in _ARRAYS))
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile):
        return []


def _seen(
    path: Path, classifier: Classifier, faces: Faces, timing: Timing, seed: int, numbers: range
) -> list[SeenClip]:
    """The clips of these numbers, which are kept in a part's file."""
    made = [make_clip(faces, timing, (seed, number)) for number in numbers]
    scores, features = classifier.read(np.concatenate([frames for _, frames in made]))
    shape = len(made), timing.frames, -1
    arrays = (
        np.stack([course.elapsed for course, _ in made]),
        np.stack([course.labels for course, _ in made]),
        np.stack([course.steady for course, _ in made]),
        features.astype(np.float16).reshape(shape),
        scores.reshape(shape),
    )
    named: dict[str, Any] = dict(zip(_ARRAYS, arrays, strict=True))
    with suppress(OSError):  # where they cannot be kept they are computed again
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, lambda temporary: np.savez(temporary, **named))
    return _unpacked(*arrays)


_ARRAYS = ("elapsed", "labels", "steady", "features", "scores")


def _unpacked(
    elapsed: NDArray[np.float32],
    labels: NDArray[np.int8],
    steady: NDArray[np.bool_],
    features: NDArray[np.float16],
    scores: NDArray[np.float32],
) -> list[SeenClip]:
    return [
        SeenClip(Course(*course), seen.astype(np.float32), answers)
        for *course, seen, answers in zip(elapsed, labels, steady, features, scores, strict=True)
    ]
