"""The predict function of a run: of its own network, or of the members of an ensemble."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fer_core.data.fer2013 import Dataset
from fer_core.errors import RunError
from fer_core.evaluation.calibration import rescale
from fer_core.inference.classifier import Classifier
from fer_core.runs.store import Run, get_run

Predict = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""From faces uint8 (n, 48, 48, 1) to probabilities float32 (n, 7), in class order."""


def check_images(run: Run, dataset: Dataset) -> None:
    """Raises `RunError` where `dataset` is not what `run` was trained on."""
    if dataset.fingerprint != run.config.data_fingerprint:
        raise RunError(
            f"Run '{run.run_id}' was trained on other images than those that are here now. "
            "Point FER_DATA_DIR to the data it was trained on."
        )


def open_run(run: Run, threads: int = 1) -> Predict:
    """The predict function of `run`; of an ensemble, the mean of its members' probabilities at
    its own temperature, as in its predictions.

    Raises:
        RunError: it or a member, which stands beside it, is missing, damaged or has no network.
    """
    if not run.config.members:
        return Classifier(run, threads).predict
    members = [open_run(get_run(name, run.folder.parent), threads) for name in run.config.members]

    def predict(faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        mean = np.mean([member(faces) for member in members], axis=0)
        return rescale(mean, run.config.temperature).astype(np.float32)

    return predict
