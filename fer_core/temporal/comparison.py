"""A recurrent network beside single frames and exponential smoothing, on the same clips.

Accuracy alone does not compare: whoever waits longer is right more often. A method is set against
the best that exponential smoothing reaches at the same lag or less (`measures.gain_at_same_lag`).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.evaluation.temporal import measures
from fer_core.evaluation.temporal.course import Course
from fer_core.evaluation.temporal.table import EXPONENTIAL, RECURRENT, SINGLE, columns
from fer_core.inference.smoothing import Smoother
from fer_core.inference.temporal import TemporalModel
from fer_core.runs.records import Place
from fer_core.temporal.features import SeenClip
from fer_core.temporal.seen import by_place

HALF_LIVES = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0)
"""Seconds; what live video (0.3) and video files (0.5) use is among them."""


def compare(model: TemporalModel, split: str, seen: Mapping[str, list[SeenClip]]) -> pd.DataFrame:
    """One row a place and method, with `columns()`.

    Args:
        model: the recurrent network.
        split: `validation` or `test`.
        seen: the same clips by the run whose network saw them; the first is what others than the
            recurrent network are measured with.
    """
    placed = {name: by_place(clips) for name, clips in seen.items()}
    rows: list[dict[str, Any]] = []
    for place in Place:
        found = _at(model, {name: clips[place] for name, clips in placed.items()})
        rows += [{"split": split, "place": str(place)} | row for row in found]
    return pd.DataFrame(rows, columns=list(columns()))


def _at(model: TemporalModel, seen: Mapping[str, list[SeenClip]]) -> list[dict[str, Any]]:
    """The rows of one place."""
    own, clips = next(iter(seen.items()))
    courses = [clip.course for clip in clips]
    single = [clip.scores.argmax(axis=1) for clip in clips]
    drawn = measures.draws(len(clips))
    smooth = {
        half_life: measures.count(courses, [exponential(c, half_life) for c in clips], single)
        for half_life in HALF_LIVES
    }
    alone = measures.count(courses, single, single)
    about: dict[str, Any] = {
        "rate": _rate(courses),
        "n_clips": len(clips),
        "frames": int(alone.frames.sum()),
    }
    rows = [{"method": SINGLE, "features_of": own} | about | measures.with_intervals(alone, drawn)]
    rows += [
        {"method": EXPONENTIAL, "half_life": half_life, "features_of": own}
        | about
        | measures.with_intervals(counted, drawn)
        for half_life, counted in smooth.items()
    ]
    for name, others in seen.items():
        counted = measures.count(courses, [recurrent(model, clip) for clip in others], single)
        value, low, high = measures.gain_at_same_lag(counted, [alone, *smooth.values()], drawn)
        gained = {"at_same_lag": value, "at_same_lag_low": low, "at_same_lag_high": high}
        found = measures.with_intervals(counted, drawn)
        rows.append({"method": RECURRENT, "features_of": name} | about | found | gained)
    return rows


def exponential(clip: SeenClip, half_life: float) -> NDArray[np.intp]:
    """The class named in each frame by exponential smoothing, int (t,)."""
    smoother = Smoother(half_life)
    moments = zip(clip.scores, clip.course.times.tolist(), strict=True)
    return np.array([smoother.update(1, row, time).argmax() for row, time in moments])


def recurrent(model: TemporalModel, clip: SeenClip) -> NDArray[np.intp]:
    """The class named in each frame by the recurrent network, int (t,)."""
    scores = model.follow(clip.features[None], clip.course.elapsed[None])[0]
    best: NDArray[np.intp] = scores.argmax(axis=1)
    return best


def _rate(courses: list[Course]) -> float:
    """Frames a second, rounded to a tenth."""
    passed = np.concatenate([course.elapsed[1:] for course in courses])
    return round(float(1 / np.median(passed)), 1) if len(passed) else 0.0
