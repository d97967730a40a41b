"""How a recurrent network and its rivals read a user's own clips, each of one expression."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import NUM_CLASSES
from fer_core.evaluation.temporal import measures
from fer_core.evaluation.temporal.table import EXPONENTIAL, RECURRENT, SINGLE
from fer_core.inference.temporal import TemporalModel
from fer_core.temporal.comparison import exponential, recurrent
from fer_core.temporal.folder import FolderClips

HALF_LIVES = (0.3, 0.5)
"""Seconds, as live video and video files use them."""
_FIGURES = ("accuracy", "flicker")
"""Nothing changes within a clip, so there is no lag."""


def measure_clips(model: TemporalModel, found: FolderClips) -> pd.DataFrame:
    """One row a method.

    Returns:
        Columns method, half_life, features_of, n_clips, frames, accuracy (of frames, 0-1) and
        flicker (changes of answer a second), each with its 95 % ends, and clip_accuracy: the share
        of clips whose most named class is right.
    """
    courses = [clip.course for clip in found.clips]
    single = [clip.scores.argmax(axis=1) for clip in found.clips]
    methods: list[tuple[str, float, list[NDArray[np.intp]]]] = [(SINGLE, np.nan, single)]
    methods += [
        (EXPONENTIAL, half_life, [exponential(clip, half_life) for clip in found.clips])
        for half_life in HALF_LIVES
    ]
    methods.append((RECURRENT, np.nan, [recurrent(model, clip) for clip in found.clips]))
    drawn = measures.draws(len(courses))
    rows = []
    for method, half_life, named in methods:
        figures = measures.with_intervals(measures.count(courses, named, single), drawn)
        most = [np.bincount(answers, minlength=NUM_CLASSES).argmax() for answers in named]
        rows.append(
            {
                "method": method,
                "half_life": half_life,
                "features_of": model.features_of[0],
                "n_clips": len(courses),
                "frames": sum(len(answers) for answers in named),
                **{key: value for key, value in figures.items() if key.startswith(_FIGURES)},
                "clip_accuracy": float(np.mean(np.array(most) == found.labels)),
            }
        )
    return pd.DataFrame(rows)
