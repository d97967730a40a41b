"""What the repository knows about the published images, for machines without them.

| file in `artifacts/reference` | what |
|---|---|
| `copies.json` | how many images are byte-identical |
| `leaked_test_images.csv` | test images with such a copy in the training folder |
| `ferplus_majority.csv.gz` | the class that FER+'s annotators agree on, by test image |
| `audit.csv.gz` | groups of identical images (`fer_core.quality.audit_report`) |

`fer_core.quality.copies` writes the first three:

    python -m fer_core data reference --votes FILE
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import CLASS_INDEX, CLASS_NAMES
from fer_core.classes import FINGERPRINT as FINGERPRINT
from fer_core.data.balance import balance_table
from fer_core.data.fer2013 import PUBLIC_TEST_COUNTS, VALIDATION_FRACTION
from fer_core.data.ferplus import NO_MAJORITY
from fer_core.reference.files import read_csv, read_json
from fer_core.reference.student_report import metrics

COPIES_FILE: Final = "copies.json"
LEAKED_FILE: Final = "leaked_test_images.csv"
MAJORITY_FILE: Final = "ferplus_majority.csv.gz"
AUDIT_FILE: Final = "audit.csv.gz"


@dataclass(frozen=True)
class Copies:
    """Counts of groups of two or more images whose pixels are equal.

    Leaking groups have images in both train and test, conflicting ones carry different labels.
    Leaked test images stand in the training folder as well, leaked validation images have a copy
    in the part trained on.
    """

    images: int
    groups: int
    copied_images: int
    leaking_groups: int
    leaked_test_images: int
    leaked_validation_images: int
    conflicting_groups: int


def published_copies() -> Copies:
    """The copies in the published data set."""
    return Copies(**read_json(COPIES_FILE))


def published_class_table() -> pd.DataFrame:
    """The published counts, as `fer_core.data.balance.class_table` gives them of images.

    Validation follows the rule of `fer2013.is_validation`: the first quarter of each class,
    rounded down.
    """
    train, test = (
        np.array([metrics()[part][name] for name in CLASS_NAMES])
        for part in ("train_counts", "test_counts")
    )
    validation = (VALIDATION_FRACTION * train).astype(int)
    return balance_table(train, validation, test, np.array(list(PUBLIC_TEST_COUNTS.values())))


def is_leaked(test_paths: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Whether each test image (path as `test/happy/im0.png`) of the published data set stands in
    its training folder too; bool (n,).
    """
    found: NDArray[np.bool_] = pd.Index(test_paths).isin(read_csv(LEAKED_FILE)["path"])
    return found


def copy_groups(
    image_paths: NDArray[np.str_], data_fingerprint: str | None
) -> NDArray[np.intp] | None:
    """Which images (paths as `test/happy/im0.png`) are byte-identical: int (n,), equal for equal
    images; None where these are not the published images, whose copies alone are known.
    """
    if data_fingerprint != FINGERPRINT:
        return None
    found = pd.Series(image_paths).map(_group_by_path())
    alone = found.isna()
    # Numbers below zero are free: an image without a copy is a group of its own.
    found[alone] = -1.0 - np.arange(alone.sum())
    return np.unique(found.to_numpy(), return_inverse=True)[1]


def ferplus_majority(test_paths: NDArray[np.str_]) -> NDArray[np.int8]:
    """FER+'s majority class of test images (paths as `test/happy/im0.png`) of the published data
    set: int8 (n,), as `fer_core.data.ferplus.majority` gives it; -1 without a majority.
    """
    known = _majority()
    rows = known.index.get_indexer(pd.Index(test_paths))
    labels = np.where(rows >= 0, known.to_numpy()[rows], NO_MAJORITY)
    return labels.astype(np.int8)


def ferplus_agreement() -> tuple[int, int]:
    """Test images with a FER+ majority, and those of them whose FER2013 label is the same."""
    table = read_csv(MAJORITY_FILE)
    return len(table), int((table["path"].str.split("/").str[1] == table["majority"]).sum())


@cache
def _majority() -> "pd.Series[int]":
    """Class index as int8 by path."""
    table = read_csv(MAJORITY_FILE)
    return table.set_index("path")["majority"].map(CLASS_INDEX).astype(np.int8)


@cache
def _group_by_path() -> "pd.Series[int]":
    table = read_csv(AUDIT_FILE)
    return table[table["finding"] == "identical"].set_index("path")["group"]
