"""The images of a run: training, validation and test, in memory."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset, Faces
from fer_core.data.split import held_out
from fer_core.errors import DataError
from fer_core.runs.records import Predictions


@dataclass(frozen=True)
class Parts:
    """The images of a run, in memory, so that a data set that vanishes later does no harm."""

    train: Faces
    validation: Faces
    test: Faces

    def counts(self) -> dict[str, int]:
        """Images of each part."""
        return {name: len(faces) for name, faces in vars(self).items()}

    def predictions(
        self, validation: NDArray[np.floating], test: NDArray[np.floating]
    ) -> Predictions:
        """Scores (n, 7) of the validation and of the test images, beside their labels."""
        faces = {"validation": self.validation, "test": self.test}
        return Predictions(
            path=np.concatenate([part.paths for part in faces.values()]),
            split=np.repeat(list(faces), [len(part) for part in faces.values()]),
            y_true=np.concatenate([part.labels for part in faces.values()]),
            y_score=np.concatenate([validation, test]).astype(np.float32),
        )


def split_parts(dataset: Dataset, config: TrainConfig) -> Parts:
    """Training, validation and test images of a run, copied into memory.

    Raises:
        DataError: the training folder is too small to hold images out.
    """
    validation = held_out(dataset.train, config.validation)
    if not validation.any():
        raise DataError(
            f"None of the {len(validation):,} training images can be held out for validation. "
            "Use ten images of a class or more."
        )
    return Parts(
        train=dataset.train.take(np.flatnonzero(~validation)),
        validation=dataset.train.take(np.flatnonzero(validation)),
        test=dataset.test.take(np.arange(len(dataset.test))),
    )
