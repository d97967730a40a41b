"""Writes the facts on the published images that `fer_core.reference.images` reads."""

from pathlib import Path

import numpy as np
import pandas as pd

from fer_core.classes import CLASS_NAMES
from fer_core.data.fer2013 import Dataset
from fer_core.data.ferplus import NO_MAJORITY, Votes, majority
from fer_core.errors import DataError
from fer_core.files import write_text
from fer_core.quality.copies import count_copies, leaked_test_images, to_json
from fer_core.reference import files
from fer_core.reference.images import (
    COPIES_FILE,
    FINGERPRINT,
    LEAKED_FILE,
    MAJORITY_FILE,
)
from fer_core.tables import to_csv, write_table


def write_reference(dataset: Dataset, votes: Votes, folder: Path | None = None) -> list[Path]:
    """Writes the three files.

    Args:
        dataset: the published data set.
        votes: FER+'s votes.
        folder: where to; `artifacts/reference` when None.

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
    folder = files.folder() if folder is None else folder
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / COPIES_FILE, to_json(count_copies(dataset)))
    leaked = pd.DataFrame({"path": leaked_test_images(dataset)})
    write_text(folder / LEAKED_FILE, to_csv(leaked))
    labels = majority(votes, dataset.test.paths)
    known = labels != NO_MAJORITY
    names = np.array(CLASS_NAMES)[labels[known]]
    table = pd.DataFrame({"path": dataset.test.paths[known], "majority": names})
    write_table(folder / MAJORITY_FILE, table)
    return [folder / name for name in (COPIES_FILE, LEAKED_FILE, MAJORITY_FILE)]
