"""What the network is asked to answer for each training image: shares of the classes."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_core import formats
from fer_core.classes import FINGERPRINT, NUM_CLASSES
from fer_core.config import Labels, TrainConfig
from fer_core.data.fer2013 import Dataset, Faces, class_weights
from fer_core.data.ferplus import load_votes, soft_labels
from fer_core.data.label_review import Decision, Review
from fer_core.data.split import held_out
from fer_core.errors import ConfigError

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


def check_labels(config: TrainConfig, fingerprint: str) -> None:
    """Refuses FER+ votes where they are of other images than those with this `fingerprint`.

    Raises:
        ConfigError: a sentence on what to set.
    """
    # Folds of the published images are named after them (`fer_core.quality.folds`).
    if config.uses_ferplus and not fingerprint.startswith(FINGERPRINT[:32]):
        raise ConfigError(
            "FER+'s votes are on the published images, and other ones are here, whatever their "
            "names. Set labels=fer2013."
        )


def check_review(config: TrainConfig, dataset: Dataset, review: Review) -> None:
    """Refuses a review that gives training images another label where FER+'s votes alone count;
    what it excludes, and the labels of validation images, count with votes too.

    Raises:
        ConfigError: a sentence on what to set.
    """
    if not any(
        phase.labels is Labels.FERPLUS and phase.ferplus_share == 1 for phase in config.by_phase()
    ):
        return
    trained = dataset.train.paths[~held_out(dataset.train, config.validation)]
    rulings = (review.rulings.get(path) for path in trained.tolist())
    if relabelled := sum(r is not None and r.decision is Decision.RELABEL for r in rulings):
        raise ConfigError(
            f"The label review gives {formats.counted(relabelled, 'training image')} another "
            "label, and with ferplus_share=1 FER+'s votes alone count for images that have some. "
            "Set ferplus_share below 1."
        )


def check_votes(config: TrainConfig, votes: Path | None = None) -> None:
    """Reads the votes if a phase asks for them, so that what is missing is told before training.

    Raises:
        DataError: they cannot be read.
    """
    if config.uses_ferplus:
        load_votes(votes)


def loss_weights(faces: Faces, config: TrainConfig) -> NDArray[np.float32]:
    """Weight of each class in the loss, float32 (7,): 1 or, with `class_weights`, n / (7 * count),
    so that their mean over the training images is 1.
    """
    if not config.class_weights:
        return np.ones(NUM_CLASSES, dtype=np.float32)
    return np.array(list(class_weights(faces.labels).values()), dtype=np.float32)
