"""Counts, shares and weights of the classes: the tables of `data info` and the Dataset page."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.data.browse import has_halves
from fer_core.data.fer2013 import Dataset, class_weights, imbalance_ratio, is_validation, usage

PARTS = (
    "train",
    "validation",
    "test",
)  # train: the training folder without the validation images


@dataclass(frozen=True)
class Summary:
    """Sizes of a data set, in images; of the training folder `validation` are held out
    (`fer2013.is_validation`) and `train` is the rest.
    """

    train_folder: int
    train: int
    validation: int
    test: int
    imbalance: float  # images of the largest class over those of the smallest, in `train/`
    usage: dict[str, int] | None  # PublicTest and PrivateTest; None of another data set
    skipped: int  # files that could not be read
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
    """Images of each class in each part of the data set, as `balance_table` returns them."""
    train, test = dataset.train.labels, dataset.test.labels
    public = None
    if has_halves(dataset):
        public = _counts(test[usage(dataset.test.paths) == "PublicTest"])
    held_out = train[is_validation(dataset.train)]
    return balance_table(_counts(train), _counts(held_out), _counts(test), public)


def balance_table(
    train_folder: NDArray[np.integer],
    validation: NDArray[np.integer],
    test: NDArray[np.integer],
    public_test: NDArray[np.integer] | None = None,
) -> pd.DataFrame:
    """Counts, shares and class weights, from the images a class, int (7,), in `train/`, held out
    of it, in `test/`, and of these in PublicTest (None unless it is the published data set).

    Returns:
        A row a class, in class order, with the columns `class`; the counts `train_folder`,
        `train`, `validation`, `test`, `public_test`, `private_test` (the last two 0 where
        `public_test` is None); the shares `train_share`, `validation_share`, `test_share` of
        each part, 0-1; and `weight`, the balanced class weight over `train`.
    """
    private = np.zeros_like(test) if public_test is None else test - public_test
    train = train_folder - validation
    table = pd.DataFrame(
        {
            "class": CLASS_NAMES,
            "train_folder": train_folder,
            "train": train,
            "validation": validation,
            "test": test,
            "public_test": private if public_test is None else public_test,
            "private_test": private,
        }
    )
    for part in PARTS:
        table[f"{part}_share"] = table[part] / max(int(table[part].sum()), 1)
    table["weight"] = list(class_weights(np.repeat(np.arange(len(train)), train)).values())
    return table


def imbalance(
    table: pd.DataFrame, part: Literal["train", "validation", "test"]
) -> tuple[str, str, float]:
    """The largest and the smallest class of a part, and how many times larger the one is (inf
    where a class is empty); `table` is of `class_table` or `balance_table`.
    """
    counts = table.set_index("class")[part]
    low = int(counts.min())
    ratio = float(counts.max()) / low if low else float("inf")
    return str(counts.idxmax()), str(counts.idxmin()), ratio


def _counts(labels: NDArray[np.int8]) -> NDArray[np.int64]:
    return np.bincount(labels, minlength=NUM_CLASSES)


def _usage_counts(dataset: Dataset) -> dict[str, int] | None:
    if not has_halves(dataset):
        return None
    names, counts = np.unique(usage(dataset.test.paths), return_counts=True)
    return dict(sorted(zip(names.tolist(), counts.tolist(), strict=True), reverse=True))
