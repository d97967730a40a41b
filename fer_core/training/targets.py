"""What the network is asked to answer for each training image: shares of the classes."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import NUM_CLASSES
from fer_core.config import Labels, TrainConfig
from fer_core.data.fer2013 import Faces, class_weights
from fer_core.data.ferplus import load_votes, soft_labels

Targets = NDArray[np.float32]
"""float32 (n, 7): shares of the classes, each row sums to 1."""


def one_hot(labels: NDArray[np.int8]) -> Targets:
    """The labels as certain answers."""
    return np.eye(NUM_CLASSES, dtype=np.float32)[labels]


def training_targets(faces: Faces, config: TrainConfig, votes: Path | None = None) -> Targets:
    """Targets of the training images: FER2013's label, mixed with FER+ votes and smoothed.

    Label smoothing is that of Szegedy et al. 2016 (arXiv:1512.00567, section 7). An image without
    a vote for one of the seven classes keeps FER2013's label. The CSV of votes is
    `paths.ferplus_file()` when None.

    Raises:
        DataError: FER+ votes are asked for and cannot be read.
    """
    targets = one_hot(faces.labels)
    if config.labels is Labels.FERPLUS:
        shares = soft_labels(load_votes(votes), faces.paths)
        known = ~np.isnan(shares).any(axis=1)
        share = np.float32(config.ferplus_share)
        targets[known] = (1 - share) * targets[known] + share * shares[known]
    smoothing = np.float32(config.label_smoothing)
    smoothed: Targets = (1 - smoothing) * targets + smoothing / NUM_CLASSES
    return smoothed


def loss_weights(faces: Faces, config: TrainConfig) -> NDArray[np.float32]:
    """Weight of each class in the loss, float32 (7,): 1 or, with `class_weights`, n / (7 * count),
    so that their mean over the training images is 1.
    """
    if not config.class_weights:
        return np.ones(NUM_CLASSES, dtype=np.float32)
    return np.array(list(class_weights(faces.labels).values()), dtype=np.float32)
