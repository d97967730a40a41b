"""Which images of the training folder are held out for validation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import NUM_CLASSES
from fer_core.config import Validation
from fer_core.data.fer2013 import Faces, is_validation
from fer_core.data.measures import copy_groups
from fer_core.errors import DataError

GROUPED_FRACTION = 0.1
_SEED = 0  # fixed, so that every run of the grouped split holds out the same images


@dataclass(frozen=True)
class SplitFaces(Faces):
    """Training images of which some were excluded after all of them were split by `rule`; of those
    that remain `validation`, bool (n,), marks the held-out ones.
    """

    rule: Validation
    validation: NDArray[np.bool_]

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.validation.shape != self.labels.shape:
            raise DataError(f"A split needs {len(self.labels)} marks, got {len(self.validation)}.")


def held_out(faces: Faces, rule: Validation) -> NDArray[np.bool_]:
    """Marks the validation images of the training folder, bool (n,), by a rule; raises `DataError`
    where `faces` were split already, by another one.
    """
    if isinstance(faces, SplitFaces):
        if faces.rule is not rule:
            raise DataError(f"These images are split by the rule {faces.rule}, not {rule}.")
        return faces.validation
    return is_validation(faces) if rule is Validation.REPORT else _grouped(faces)


def _grouped(faces: Faces) -> NDArray[np.bool_]:
    """A tenth of each class; a group of identical images counts for its first label."""
    group = copy_groups(faces.images)
    first = np.unique(group, return_index=True)[1]
    rng = np.random.default_rng(_SEED)
    chosen = np.zeros(len(first), dtype=bool)
    for label in range(NUM_CLASSES):
        groups = rng.permutation(np.flatnonzero(faces.labels[first] == label))
        sizes = np.bincount(group, minlength=len(first))[groups]
        wanted = int(GROUPED_FRACTION * sizes.sum())
        chosen[groups[np.cumsum(sizes) <= wanted]] = True
    return chosen[group]
