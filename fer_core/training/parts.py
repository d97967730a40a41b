"""The images of a run: training, validation and test, in memory."""

from dataclasses import dataclass

import numpy as np

from fer_core.data.fer2013 import Dataset, Faces, is_validation


@dataclass(frozen=True)
class Parts:
    """The images of a run, in memory, so that a data set that vanishes later does no harm."""

    train: Faces
    validation: Faces
    test: Faces

    def counts(self) -> dict[str, int]:
        return {
            "train": len(self.train),
            "validation": len(self.validation),
            "test": len(self.test),
        }


def split_parts(dataset: Dataset) -> Parts:
    """Training, validation and test images, copied into memory."""
    held_out = is_validation(dataset.train)
    return Parts(
        train=dataset.train.take(np.flatnonzero(~held_out)),
        validation=dataset.train.take(np.flatnonzero(held_out)),
        test=dataset.test.take(np.arange(len(dataset.test))),
    )
