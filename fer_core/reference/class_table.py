"""The class balance as published, for machines without the data set."""

from typing import Literal

import numpy as np
import pandas as pd

from fer_core.classes import CLASS_NAMES
from fer_core.data.balance import PARTS
from fer_core.data.fer2013 import (
    PUBLIC_TEST_COUNTS,
    VALIDATION_FRACTION,
    class_weights,
)
from fer_core.reference.published import report_metrics


def published_class_table() -> pd.DataFrame:
    """The published counts in the form of `fer_core.data.balance.class_table`.

    Validation follows the rule of `fer2013.is_validation`: the first quarter of each class,
    rounded down.
    """
    metrics = report_metrics()
    table = pd.DataFrame({"class": list(CLASS_NAMES)})
    table["train_folder"] = [metrics["train_counts"][name] for name in CLASS_NAMES]
    validation = (VALIDATION_FRACTION * table["train_folder"]).astype(int)
    table["train"] = table["train_folder"] - validation
    table["validation"] = validation
    table["test"] = [metrics["test_counts"][name] for name in CLASS_NAMES]
    table["public_test"] = [PUBLIC_TEST_COUNTS[name] for name in CLASS_NAMES]
    table["private_test"] = table["test"] - table["public_test"]
    for part in PARTS:
        table[f"{part}_share"] = table[part] / table[part].sum()
    labels = np.repeat(np.arange(len(CLASS_NAMES), dtype=np.int8), table["train"])
    table["weight"] = list(class_weights(labels).values())
    return table


def imbalance(
    table: pd.DataFrame, part: Literal["train", "validation", "test"]
) -> tuple[str, str, float]:
    """The largest and the smallest class of a part, and how many times larger the one is.

    Args:
        table: from `class_table` or `published_class_table`.
        part: one of `PARTS`.

    Returns:
        (largest class, smallest class, ratio); the ratio is inf where a class is empty.
    """
    counts = table.set_index("class")[part]
    low = int(counts.min())
    ratio = float(counts.max()) / low if low else float("inf")
    return str(counts.idxmax()), str(counts.idxmin()), ratio
