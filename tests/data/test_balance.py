"""The class balance, of images and as published."""

from dataclasses import replace

import numpy as np
import pandas as pd

from fer_core.classes import CLASS_NAMES, FINGERPRINT
from fer_core.data.balance import class_table, imbalance, summarize
from fer_core.data.fer2013 import Dataset, Faces
from fer_core.reference.images import published_class_table


def test_published_counts_add_up() -> None:
    table = published_class_table()
    sums = table[["train_folder", "train", "validation", "test", "public_test"]].sum()
    assert sums.tolist() == [28709, 21535, 7174, 7178, 3589]
    assert table["train_share"].sum() == 1
    assert (table["train"] * table["weight"]).round(6).nunique() == 1


def test_images_have_fer2013s_halves_by_what_they_are_not_by_how_many() -> None:
    table = published_class_table()

    def faces(split: str, column: str) -> Faces:
        labels = np.repeat(np.arange(7, dtype=np.int8), table[column])
        names = [f"{split}/{CLASS_NAMES[label]}/im{n}.png" for n, label in enumerate(labels)]
        images = np.broadcast_to(np.zeros((), np.uint8), (len(labels), 48, 48, 1))
        return Faces(images, labels, np.array(names))

    own = Dataset(faces("train", "train_folder"), faces("test", "test"), "0" * 64, False, ())
    assert (len(own.train), len(own.test)) == (28709, 7178)
    assert summarize(own).usage is None
    assert not class_table(own)[["public_test", "private_test"]].any(axis=None)
    assert summarize(replace(own, fingerprint=FINGERPRINT)).usage is not None


def test_imbalance_names_the_largest_and_the_smallest_class() -> None:
    most, least, ratio = imbalance(published_class_table(), "test")
    assert (most, least) == ("happy", "disgusted")
    assert round(ratio, 1) == 16.0


def test_imbalance_is_infinite_with_an_empty_class() -> None:
    table = pd.DataFrame({"class": ["angry", "sad"], "train": [3, 0]})
    assert imbalance(table, "train") == ("angry", "sad", float("inf"))
