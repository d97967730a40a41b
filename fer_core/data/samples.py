"""Parts of the data set, and random faces from them."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import NUM_CLASSES
from fer_core.data.fer2013 import Dataset, Faces, is_validation
from fer_core.errors import DataError


class Part(StrEnum):
    """TRAIN: what training uses. VALIDATION: the quarter held out of it. TEST: as published."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


def rows_of(dataset: Dataset, part: Part) -> NDArray[np.intp]:
    """Rows of `part` in its split: `dataset.test` for TEST, `dataset.train` otherwise."""
    if part is Part.TEST:
        return np.arange(len(dataset.test))
    held_out = is_validation(dataset.train)
    return np.flatnonzero(held_out if part is Part.VALIDATION else ~held_out)


def pick(dataset: Dataset, part: Part, count: int, *, label: int | None, seed: int) -> Faces:
    """Random faces of `part` without repetition, the same for the same `seed` (0 or greater).

    With a `label` only of that class; without, `count` is shared out evenly, in class order.
    Fewer come where there are fewer.

    Raises:
        DataError: no such label or seed.
    """
    if label is not None and not 0 <= label < NUM_CLASSES:
        raise DataError(f"Label {label} is no class. Valid: 0 to {NUM_CLASSES - 1}.")
    if seed < 0:
        raise DataError(f"Seed {seed} is not valid. Use 0 or a greater number.")
    split = dataset.test if part is Part.TEST else dataset.train
    rows = rows_of(dataset, part)
    rng = np.random.default_rng(seed)
    wanted = range(NUM_CLASSES) if label is None else (label,)
    each = count // len(wanted)
    picked = []
    for index in wanted:
        of_class = rows[split.labels[rows] == index]
        picked.append(rng.choice(of_class, min(each, len(of_class)), replace=False))
    return split.take(np.concatenate(picked))
