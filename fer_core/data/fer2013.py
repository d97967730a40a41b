"""The data set as arrays: an index of every image and one uint8 array a split.

The first `load` decodes all images on every core and writes memory-mapped arrays
to the cache folder, keyed by the source's files; later calls map them.

    python -m fer_core data info
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_core import paths
from fer_core.classes import CLASS_NAMES, FACE_SIZE
from fer_core.data import cache
from fer_core.data.download import install
from fer_core.data.layout import SPLITS, Split, file_number, is_image_name
from fer_core.data.measures import Measures
from fer_core.errors import DataError
from fer_core.progress import Progress

VALIDATION_FRACTION = 0.25

PUBLIC_TEST_COUNTS = dict(zip(CLASS_NAMES, (467, 56, 496, 895, 607, 653, 415), strict=True))
"""Images at the head of each test folder that were FER2013's PublicTest; the rest
were its PrivateTest, on which the literature reports (Goodfellow et al. 2013,
arXiv:1307.0414)."""


@dataclass(frozen=True)
class Faces:
    """The images of one split, in class order and, within a class, by file number."""

    images: NDArray[np.uint8]  # uint8 (n, 48, 48, 1), gray, 0-255; memory-mapped and read-only
    labels: NDArray[np.int8]  # int8 (n,), index into `CLASS_NAMES`
    paths: NDArray[np.str_]  # str (n,), as `test/happy/im0.png`

    def __post_init__(self) -> None:
        expected = (len(self.labels), FACE_SIZE, FACE_SIZE, 1)
        if self.images.shape != expected or self.paths.shape != self.labels.shape:
            raise DataError(f"Faces need images of shape {expected}, got {self.images.shape}.")

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: NDArray[np.intp]) -> "Faces":
        """The faces at `rows`, copied into memory."""
        return Faces(self.images[rows], self.labels[rows], self.paths[rows])


@dataclass(frozen=True)
class Dataset:
    """Both splits and what identifies them."""

    train: Faces  # every training image, the validation part included
    test: Faces  # every test image
    fingerprint: str  # sha256 over paths and pixels; the same for the same images anywhere
    synthetic: bool  # True for drawn faces, which no figure may be quoted from
    skipped: tuple[tuple[str, str], ...]  # files that were skipped, as (path, reason)
    measures: Measures | None = None  # of the train images, then the test images, where known

    def __getitem__(self, split: Split) -> Faces:
        return self.train if split == "train" else self.test


def load(root: Path | None = None, progress: Progress | None = None) -> Dataset:
    """Loads the data set, its images memory-mapped; the first call decodes them.

    `root` holds `train/<class>/` and `test/<class>/`; `paths.data_dir()` when None.

    Raises:
        DataMissingError: there is no data set at `root`.
        DataError: a class has no readable image, or the cache folder cannot be written.
    """
    arrays = cache.load(paths.data_dir() if root is None else root, progress)
    train, test = (Faces(*arrays.splits[split]) for split in SPLITS)
    return Dataset(
        train, test, arrays.fingerprint, arrays.synthetic, arrays.skipped, arrays.measures
    )


def is_available(root: Path | None = None) -> bool:
    """Whether `load` would find a training and a test folder of every class."""
    root = paths.data_dir() if root is None else root
    install.settle(root)
    return all((root / split / name).is_dir() for split in SPLITS for name in CLASS_NAMES)


def count_train_files(root: Path | None = None) -> int:
    """About how many training images there are, told without reading one; 0 without a data set."""
    root = paths.data_dir() if root is None else root
    if not is_available(root):
        return 0
    folders = [root / "train" / name for name in CLASS_NAMES]
    return _count_files(tuple((folder, folder.stat().st_mtime_ns) for folder in folders))


@lru_cache(maxsize=4)
def _count_files(folders: tuple[tuple[Path, int], ...]) -> int:
    """Of images in folders that were last changed then."""
    return sum(is_image_name(name) for folder, _ in folders for name in os.listdir(folder))


def is_validation(faces: Faces, fraction: float = VALIDATION_FRACTION) -> NDArray[np.bool_]:
    """Marks the validation images of the training split, bool (n,), by Keras' rule.

    In each class the files are sorted by name as text (im0, im1, im10, ...) and the
    first `fraction` of them, rounded down, is held out
    (keras.src.legacy.preprocessing.image.ImageDataGenerator, `validation_split`).
    """
    mask = np.zeros(len(faces), dtype=bool)
    for label in range(len(CLASS_NAMES)):
        rows = np.flatnonzero(faces.labels == label)
        by_text = rows[np.argsort(faces.paths[rows])]
        mask[by_text[: int(fraction * len(rows))]] = True
    return mask


def usage(test_paths: Iterable[str]) -> NDArray[np.str_]:
    """FER2013's own subset of each test image: `PublicTest` or `PrivateTest`, str (n,).

    The number in a path as `test/happy/im0.png` decides.
    """

    def of(path: str) -> str:
        _, name, file = path.split("/")
        return "PublicTest" if file_number(file) < PUBLIC_TEST_COUNTS[name] else "PrivateTest"

    return np.array([of(path) for path in test_paths], dtype="<U11")


def class_weights(labels: NDArray[np.int8]) -> dict[str, float]:
    """Balanced weights n / (classes * count), as scikit-learn's `compute_class_weight`.

    Classes without an image get weight 0.
    """
    counts = np.bincount(labels, minlength=len(CLASS_NAMES))
    weights = np.divide(
        len(labels), len(counts) * counts, out=np.zeros(len(counts)), where=counts > 0
    )
    return dict(zip(CLASS_NAMES, weights.tolist(), strict=True))


def imbalance_ratio(labels: NDArray[np.int8]) -> float:
    """Images of the largest class over those of the smallest; inf if a class is empty."""
    counts = np.bincount(labels, minlength=len(CLASS_NAMES))
    return float(counts.max() / counts.min()) if counts.min() else float("inf")
