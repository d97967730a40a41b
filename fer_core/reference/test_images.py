"""What the repository keeps about the published data set, for machines without it.

| file in `artifacts/reference` | what |
|---|---|
| `copies.json` | how many images are byte-identical (`fer_core.quality.copies`) |
| `leaked_test_images.csv` | test images with such a copy in the training folder |
| `ferplus_majority.csv.gz` | the class that FER+'s annotators agree on, by test image |

All three are derived, by `fer_core.quality.reference_files`:

    python -m fer_core data reference --votes FILE
"""

from functools import cache
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core import paths
from fer_core.classes import CLASS_INDEX
from fer_core.data.ferplus import NO_MAJORITY

FINGERPRINT: Final = "cb6cde75ab9fe809baf038eedf253eef03a368c7525ba3b7ff143c2c1b79a79f"
"""`Dataset.fingerprint` of the 35,887 images that Kaggle serves."""

COPIES_FILE = "copies.json"
LEAKED_FILE = "leaked_test_images.csv"
MAJORITY_FILE = "ferplus_majority.csv.gz"


def is_leaked(test_paths: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Whether each test image of the published data set stands in its training folder too.

    Args:
        test_paths: str (n,), as `test/happy/im0.png`.

    Returns:
        bool (n,).
    """
    found: NDArray[np.bool_] = pd.Index(test_paths).isin(_leaked())
    return found


def ferplus_majority(test_paths: NDArray[np.str_]) -> NDArray[np.int8]:
    """FER+'s majority class of test images of the published data set.

    Args:
        test_paths: str (n,), as `test/happy/im0.png`.

    Returns:
        int8 (n,), as `fer_core.data.ferplus.majority` gives it: -1 without a majority.
    """
    known = _majority()
    rows = known.index.get_indexer(pd.Index(test_paths))
    labels = np.where(rows >= 0, known.to_numpy()[rows], NO_MAJORITY)
    return labels.astype(np.int8)


@cache
def _leaked() -> "pd.Index[str]":
    return pd.Index(pd.read_csv(paths.reference_dir() / LEAKED_FILE)["path"])


@cache
def _majority() -> "pd.Series[int]":
    """Class index as int8 by path."""
    table = pd.read_csv(paths.reference_dir() / MAJORITY_FILE)
    return table.set_index("path")["majority"].map(CLASS_INDEX).astype(np.int8)
