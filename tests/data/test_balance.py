"""The class balance, of images and as published."""

import pandas as pd

from fer_core.data.balance import imbalance
from fer_core.reference.images import published_class_table


def test_published_counts_add_up() -> None:
    table = published_class_table()
    sums = table[["train_folder", "train", "validation", "test", "public_test"]].sum()
    assert sums.tolist() == [28709, 21535, 7174, 7178, 3589]
    assert table["train_share"].sum() == 1
    assert (table["train"] * table["weight"]).round(6).nunique() == 1


def test_imbalance_names_the_largest_and_the_smallest_class() -> None:
    most, least, ratio = imbalance(published_class_table(), "test")
    assert (most, least) == ("happy", "disgusted")
    assert round(ratio, 1) == 16.0


def test_imbalance_is_infinite_with_an_empty_class() -> None:
    table = pd.DataFrame({"class": ["angry", "sad"], "train": [3, 0]})
    assert imbalance(table, "train") == ("angry", "sad", float("inf"))
