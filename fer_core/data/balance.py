"""Counts, shares and weights of the classes: the tables of `data info` and the Dataset page."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_core.data.download.install import PUBLISHED_IMAGES
from fer_core.data.fer2013 import (
    Dataset,
    class_counts,
    class_weights,
    imbalance_ratio,
    is_validation,
    usage,
)

PARTS = ("train", "validation", "test")
"""Train is what is trained on: the training folder without the validation images."""


@dataclass(frozen=True)
class Summary:
    """Sizes of a data set, in images.

    Attributes:
        train_folder: in `train/`, the validation images included.
        train: trained on.
        validation: held out of `train/` (`fer2013.is_validation`).
        test: in `test/`.
        imbalance: images of the largest class over those of the smallest, in `train/`.
        usage: PublicTest and PrivateTest images; None unless it is the published data set.
        skipped: files that could not be read.
        synthetic: whether the faces are drawn.
    """

    train_folder: int
    train: int
    validation: int
    test: int
    imbalance: float
    usage: dict[str, int] | None
    skipped: int
    synthetic: bool


def summarize(dataset: Dataset) -> Summary:
    """The sizes of `dataset`."""
    held_out = int(is_validation(dataset.train).sum())
    return Summary(
        train_folder=len(dataset.train),
        train=len(dataset.train) - held_out,
        validation=held_out,
        test=len(dataset.test),
        imbalance=imbalance_ratio(dataset.train.labels),
        usage=_usage_counts(dataset),
        skipped=len(dataset.skipped),
        synthetic=dataset.synthetic,
    )


def class_table(dataset: Dataset) -> pd.DataFrame:
    """Images of each class in each part of the data set.

    Returns:
        A row a class, in class order, with the columns `class`; the counts `train_folder`,
        `train`, `validation`, `test`, `public_test`, `private_test` (the last two 0 unless it
        is the published data set); the shares `train_share`, `validation_share`,
        `test_share` of each part, 0-1; and `weight`, the balanced class weight over `train`.
    """
    held_out = is_validation(dataset.train)
    labels = {
        "train_folder": dataset.train.labels,
        "train": dataset.train.labels[~held_out],
        "validation": dataset.train.labels[held_out],
        "test": dataset.test.labels,
    }
    counts = {part: class_counts(values) for part, values in labels.items()}
    table = pd.DataFrame({"class": list(counts["test"])})
    for part, values in counts.items():
        table[part] = list(values.values())
    public = np.zeros(len(table), dtype=np.int64)
    if _is_published(dataset):
        is_public = usage(dataset.test.paths) == "PublicTest"
        public += list(class_counts(dataset.test.labels[is_public]).values())
        table["public_test"], table["private_test"] = public, table["test"] - public
    else:
        table["public_test"], table["private_test"] = public, public
    for part in PARTS:
        table[f"{part}_share"] = table[part] / max(int(table[part].sum()), 1)
    table["weight"] = list(class_weights(labels["train"]).values())
    return table


def _usage_counts(dataset: Dataset) -> dict[str, int] | None:
    if not _is_published(dataset):
        return None
    names, counts = np.unique(usage(dataset.test.paths), return_counts=True)
    return dict(sorted(zip(names.tolist(), counts.tolist(), strict=True), reverse=True))


def _is_published(dataset: Dataset) -> bool:
    sizes = {"train": len(dataset.train), "test": len(dataset.test)}
    return not dataset.synthetic and sizes == PUBLISHED_IMAGES
