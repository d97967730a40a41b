"""What the repository keeps about the published data set, for machines without it.

| file in `artifacts/reference` | what |
|---|---|
| `copies.json` | how many images are byte-identical (`fer_core.data.copies`) |
| `leaked_test_images.csv` | test images with such a copy in the training folder |
| `ferplus_majority.csv.gz` | the class that FER+'s annotators agree on, by test image |

All three are derived; this writes them anew from the images and FER+'s votes:

    python -m fer_core data reference --votes FILE
"""

import gzip
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core import paths
from fer_core.data.copies import count_copies, leaked_test_images, to_json
from fer_core.data.fer2013 import Dataset
from fer_core.data.ferplus import NO_MAJORITY, Votes, majority
from fer_core.errors import DataError
from fer_core.files import write_file, write_text
from fer_core.labels import CLASS_INDEX, CLASS_NAMES

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


def write_reference(dataset: Dataset, votes: Votes, folder: Path | None = None) -> list[Path]:
    """Writes the three files.

    Args:
        dataset: the published data set.
        votes: FER+'s votes.
        folder: where to; `paths.reference_dir()` when None.

    Returns:
        The files.

    Raises:
        DataError: `dataset` holds other images.
    """
    if dataset.fingerprint != FINGERPRINT:
        raise DataError(
            "These files describe the published data set, and the images here are others. "
            "Fetch it with: python -m fer_core data download"
        )
    folder = paths.reference_dir() if folder is None else folder
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / COPIES_FILE, to_json(count_copies(dataset)))
    leaked = pd.DataFrame({"path": leaked_test_images(dataset)})
    write_text(folder / LEAKED_FILE, leaked.to_csv(index=False, lineterminator="\n"))
    labels = majority(votes, dataset.test.paths)
    known = labels != NO_MAJORITY
    names = np.array(CLASS_NAMES)[labels[known]]
    table = pd.DataFrame({"path": dataset.test.paths[known], "majority": names})
    text = table.to_csv(index=False, lineterminator="\n")
    # Without a time of day in it, the same table gives the same bytes.
    packed = gzip.compress(text.encode(), mtime=0)

    def write(path: Path) -> None:
        path.write_bytes(packed)

    write_file(folder / MAJORITY_FILE, write)
    return [folder / name for name in (COPIES_FILE, LEAKED_FILE, MAJORITY_FILE)]


@cache
def _leaked() -> "pd.Index[str]":
    return pd.Index(pd.read_csv(paths.reference_dir() / LEAKED_FILE)["path"])


@cache
def _majority() -> "pd.Series[int]":
    """Class index as int8 by path."""
    table = pd.read_csv(paths.reference_dir() / MAJORITY_FILE)
    return table.set_index("path")["majority"].map(CLASS_INDEX).astype(np.int8)
