"""Training without some images: the lists that the audit offers, or one made by hand.

A list is a CSV file with a column `path` (`train/happy/im0.png`), or a text file with a path
a line. The images are taken from the part that is trained on; validation images are chosen
before and stay, so figures with and without a list are of the same images.

    python -m fer_core train --preset tiny --run-id mine --exclude-list audit-in-train-and-test.csv
"""

import csv
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fer_core.classes import NUM_CLASSES
from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset
from fer_core.data.split import SplitFaces, held_out
from fer_core.errors import DataError

_NAMED = 3


@dataclass(frozen=True)
class ExcludeList:
    """Training images to be excluded, as `train/happy/im0.png`, sorted, each once; and how many
    test images the file named as well, which are never excluded.
    """

    paths: tuple[str, ...]
    test_paths: int = 0

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def sha256(self) -> str:
        """Of the sorted paths, a line each; what `TrainConfig.exclude_list` records."""
        return hashlib.sha256("\n".join(self.paths).encode()).hexdigest()


def read_list(file: Path) -> ExcludeList:
    """Reads a list: CSV with a column `path`, or text with a path a line; raises `DataError` where
    it cannot be read, names no training image, or has a line that is no path of an image.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
        rows = [row for row in csv.reader(lines, skipinitialspace=True) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise DataError(
            f"The list {file.name} cannot be read as text. Give a CSV file with a column path."
        ) from exc
    column = rows[0].index("path") if rows and "path" in rows[0] else None
    if column is not None:
        rows = rows[1:]
    place = column or 0
    named = [row[place].strip() if place < len(row) else "" for row in rows]
    wrong = [path for path in named if not path.startswith(("train/", "test/"))]
    if wrong:
        raise DataError(
            f"The list {file.name} has '{wrong[0]}' where a path is expected, as "
            "train/happy/im0.png. Give a CSV file with a column path, or a path a line."
        )
    chosen = sorted({path for path in named if path.startswith("train/")})
    if not chosen:
        raise DataError(f"The list {file.name} names no training image, so it changes nothing.")
    return ExcludeList(tuple(chosen), len({path for path in named if path.startswith("test/")}))


def leave_out(dataset: Dataset, config: TrainConfig, listed: ExcludeList) -> Dataset:
    """The data set without the listed images in the part that is trained on.

    The images that `config.validation` holds out stay.

    Raises:
        DataError: a listed image is not in the training folder, or a class has none left.
    """
    faces = dataset.train
    missing = sorted(set(listed.paths) - set(faces.paths.tolist()))
    if missing:
        raise DataError(
            f"{len(missing):,} listed images are not in this data set, as "
            f"{', '.join(missing[:_NAMED])}. Use a list that was made for it."
        )
    validation = held_out(faces, config.validation)
    stays = validation | ~np.isin(faces.paths, listed.paths)
    present = len(np.unique(faces.labels[stays & ~validation]))
    if present < NUM_CLASSES:
        raise DataError(
            f"Without the listed images only {present} of the {NUM_CLASSES} classes are left to "
            "train on. Use a shorter list."
        )
    rows = np.flatnonzero(stays)
    rest = faces.take(rows)
    train = SplitFaces(rest.images, rest.labels, rest.paths, config.validation, validation[rows])
    return replace(dataset, train=train)
