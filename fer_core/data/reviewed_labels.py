"""Training on a label review (`fer_core.data.label_review`).

It changes the labels of training and of validation images, and leaves excluded ones out of both;
which images are held out is decided before, by the labels as published. Labels of test images
never change: figures of all runs are of the same test.

    python -m fer_core train --preset tiny --run-id mine --label-review label_review.csv
"""

from dataclasses import replace

import numpy as np

from fer_core.classes import CLASS_INDEX, NUM_CLASSES
from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset
from fer_core.data.label_review import Decision, Review
from fer_core.data.split import SplitFaces, held_out
from fer_core.errors import DataError


def apply_review(dataset: Dataset, config: TrainConfig, review: Review) -> Dataset:
    """The data set with the decided labels in its training folder, without the excluded images.

    The images that `config.validation` holds out are chosen by the labels as published; they get
    new labels too. The test images stay as they are.

    Raises:
        DataError: it is of other images, changes nothing, or takes the last image of a class.
    """
    if review.fingerprint and review.fingerprint != dataset.fingerprint:
        raise DataError(
            "The label review is of other images than those that are here. Use the data set it "
            "was made on."
        )
    faces = dataset.train
    validation = held_out(faces, config.validation)
    labels, stays = faces.labels.copy(), np.ones(len(faces), dtype=bool)
    ruled = [review.rulings.get(path) for path in faces.paths.tolist()]
    for row, ruling in enumerate(ruled):
        if ruling is not None and ruling.decision is Decision.RELABEL:
            labels[row] = CLASS_INDEX[ruling.new_label]
        stays[row] = ruling is None or ruling.decision is not Decision.EXCLUDE
    if stays.all() and (labels == faces.labels).all():
        raise DataError(
            "The label review relabels and excludes no training image, so it changes nothing."
        )
    present = len(np.unique(labels[stays & ~validation]))
    if present < NUM_CLASSES:
        raise DataError(
            f"After the label review only {present} of the {NUM_CLASSES} classes are left to train "
            "on. Take back some of its decisions."
        )
    rows = np.flatnonzero(stays)
    train = SplitFaces(
        faces.images[rows], labels[rows], faces.paths[rows], config.validation, validation[rows]
    )
    return replace(dataset, train=train)
