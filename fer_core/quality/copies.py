"""Byte-identical images, and the facts on the published ones that the repository keeps.

    python -m fer_core data reference

`fer_core.reference.images` reads these facts.
"""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES
from fer_core.data.fer2013 import Dataset, is_validation
from fer_core.data.ferplus import NO_MAJORITY, Votes, majority
from fer_core.data.measures import copy_groups
from fer_core.errors import DataError
from fer_core.files import write_text
from fer_core.reference import files
from fer_core.reference.images import COPIES_FILE, FINGERPRINT, LEAKED_FILE, MAJORITY_FILE, Copies
from fer_core.tables import to_csv, write_table


def count_copies(dataset: Dataset) -> Copies:
    """Compares every image with every other, by its bytes."""
    labels = np.concatenate([dataset.train.labels, dataset.test.labels])
    is_test = np.repeat([False, True], [len(dataset.train), len(dataset.test)])
    held_out = np.concatenate([is_validation(dataset.train), np.zeros(len(dataset.test), bool)])
    group = copy_groups(np.concatenate([dataset.train.images, dataset.test.images]))
    size = np.bincount(group)
    in_test, in_train = _holds(group, is_test), _holds(group, ~is_test)
    kinds = np.unique(np.column_stack([group, labels]), axis=0)[:, 0]
    return Copies(
        images=len(labels),
        groups=int((size > 1).sum()),
        copied_images=int(size[size > 1].sum()),
        leaking_groups=int((in_test & in_train).sum()),
        leaked_test_images=int((is_test & in_train[group]).sum()),
        leaked_validation_images=int((held_out & _holds(group, ~is_test & ~held_out)[group]).sum()),
        conflicting_groups=int((np.bincount(kinds) > 1).sum()),
    )


def leaked_test_images(dataset: Dataset) -> NDArray[np.str_]:
    """Paths, str (n,), of the test images with a byte-identical copy in the training folder,
    in the order of the test split.
    """
    in_train = {image.tobytes() for image in dataset.train.images}
    leaked = [image.tobytes() in in_train for image in dataset.test.images]
    found: NDArray[np.str_] = dataset.test.paths[np.array(leaked)]
    return found


def write_reference(dataset: Dataset, votes: Votes, folder: Path | None = None) -> list[Path]:
    """Writes copies, leaked test images and FER+ majorities of the published data set into
    `folder` (`artifacts/reference` when None); returns the files.

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
    counts = json.dumps(asdict(count_copies(dataset)), indent=1)
    write_text(folder / COPIES_FILE, counts + "\n")
    leaked = pd.DataFrame({"path": leaked_test_images(dataset)})
    write_text(folder / LEAKED_FILE, to_csv(leaked))
    labels = majority(votes, dataset.test.paths)
    known = labels != NO_MAJORITY
    names = np.array(CLASS_NAMES)[labels[known]]
    table = pd.DataFrame({"path": dataset.test.paths[known], "majority": names})
    write_table(folder / MAJORITY_FILE, table)
    return [folder / name for name in (COPIES_FILE, LEAKED_FILE, MAJORITY_FILE)]


def _holds(group: NDArray[np.intp], mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For each group, whether it has an image that `mask` marks."""
    return np.bincount(group, weights=mask) > 0
