"""Images filtered by part, class, file, brightness, contrast, copies, and sorted."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, FINGERPRINT, NUM_CLASSES
from fer_core.data.fer2013 import Dataset, Faces, is_validation, usage
from fer_core.data.layout import SPLITS, file_number
from fer_core.data.measures import measure
from fer_core.errors import DataError

BRIGHTEST = 255
STRONGEST = 128  # gray levels: the largest possible mean, and standard deviation rounded up


class Place(StrEnum):
    """TRAIN: what the report's split trains on. VALIDATION: what it holds out. TEST: the test
    folder; PUBLIC and PRIVATE are FER2013's own halves of it.
    """

    ALL = "all images"
    TRAIN = "training"
    VALIDATION = "validation"
    TEST = "test"
    PUBLIC = "PublicTest"
    PRIVATE = "PrivateTest"


class Order(StrEnum):
    """What to sort by. FILE is the number in the file's name, so that classes take turns.
    CONFIDENCE is of one run's answer; VOTES and RUNS tell how far FER+'s annotators, or the
    runs, disagree.
    """

    FILE = "file number"
    CLASS = "class"
    CONFIDENCE = "confidence"
    RUNS = "runs disagree"
    VOTES = "votes disagree"
    BRIGHTNESS = "brightness"
    CONTRAST = "contrast"

    @property
    def column(self) -> str:
        """Of `index_images`, or one that the caller adds: confidence, runs, votes."""
        return {Order.FILE: "number", Order.CLASS: "label"}.get(self, self.name.lower())


@dataclass(frozen=True)
class Wanted:
    """A filter by place, class name, file number, mean gray (lowest and highest, 0-255), standard
    deviation of the grays (0-128) and whether an identical copy exists; None is any.
    """

    place: Place = Place.ALL
    label: str | None = None
    number: int | None = None
    brightness: tuple[float, float] = (0, BRIGHTEST)
    contrast: tuple[float, float] = (0, STRONGEST)
    copies_only: bool = False


def has_halves(dataset: Dataset) -> bool:
    """Whether the test images have halves, PublicTest and PrivateTest: FER2013's own alone have."""
    return dataset.fingerprint == FINGERPRINT


def index_images(dataset: Dataset) -> pd.DataFrame:
    """One row an image, train before test, in the order of the splits.

    Returns:
        Columns path, split, part (a `Place` other than ALL, PUBLIC, PRIVATE), usage (PUBLIC or
        PRIVATE; empty for train, and where these are not FER2013's images), label, number,
        brightness and contrast (gray levels), group (equal for identical images), copies
        (identical images besides itself).
    """
    held_out = is_validation(dataset.train)
    trained_on = np.where(held_out, Place.VALIDATION, Place.TRAIN)
    parts = []
    for split in SPLITS:
        faces = dataset[split]
        is_test = split == "test"
        columns = {
            "path": faces.paths,
            "split": split,
            "part": Place.TEST if is_test else trained_on,
            "usage": usage(faces.paths.tolist()) if is_test and has_halves(dataset) else "",
            "label": np.array(CLASS_NAMES)[faces.labels],
            "number": [file_number(path) for path in faces.paths.tolist()],
        }
        parts.append(pd.DataFrame(columns))
    table = pd.concat(parts, ignore_index=True)
    measures = dataset.measures or measure([dataset[split].images for split in SPLITS])
    return table.assign(
        brightness=measures.brightness.round(1),
        contrast=measures.contrast.round(1),
        group=measures.group,
        copies=np.bincount(measures.group)[measures.group] - 1,
    )


def select(index: pd.DataFrame, wanted: Wanted) -> pd.DataFrame:
    """The rows of `index_images` that `wanted` describes."""
    mask = index["brightness"].between(*wanted.brightness)
    mask &= index["contrast"].between(*wanted.contrast)
    if wanted.place in (Place.PUBLIC, Place.PRIVATE):
        mask &= index["usage"] == wanted.place
    elif wanted.place is not Place.ALL:
        mask &= index["part"] == wanted.place
    if wanted.label is not None:
        mask &= index["label"] == wanted.label
    if wanted.number is not None:
        mask &= index["number"] == wanted.number
    if wanted.copies_only:
        mask &= index["copies"] > 0
    return index[mask]


def sort(index: pd.DataFrame, by: Order, *, descending: bool = False) -> pd.DataFrame:
    """The rows in that order; equal ones stay as they are, and those without a value come last."""
    return index.sort_values(by.column, ascending=not descending, kind="stable")


def rows_of(dataset: Dataset, part: Place) -> NDArray[np.intp]:
    """Rows of TRAIN or VALIDATION in `dataset.train`, or of TEST in `dataset.test`."""
    if part is Place.TEST:
        return np.arange(len(dataset.test))
    return np.flatnonzero(is_validation(dataset.train) == (part is Place.VALIDATION))


def pick(dataset: Dataset, part: Place, count: int, *, label: int | None, seed: int) -> Faces:
    """Random faces of TRAIN, VALIDATION or TEST without repetition, the same for the same `seed`
    (0 or greater).

    With a `label` only of that class; without, `count` is shared out evenly, in class order.
    Fewer come where there are fewer.

    Raises:
        DataError: no such label or seed.
    """
    if label is not None and not 0 <= label < NUM_CLASSES:
        raise DataError(f"Label {label} is no class. Valid: 0 to {NUM_CLASSES - 1}.")
    if seed < 0:
        raise DataError(f"Seed {seed} is not valid. Use 0 or a greater number.")
    split = dataset.test if part is Place.TEST else dataset.train
    rows = rows_of(dataset, part)
    rng = np.random.default_rng(seed)
    wanted = range(NUM_CLASSES) if label is None else (label,)
    each = count // len(wanted)
    picked = []
    for index in wanted:
        of_class = rows[split.labels[rows] == index]
        picked.append(rng.choice(of_class, min(each, len(of_class)), replace=False))
    return split.take(np.concatenate(picked))


def pixels_of(dataset: Dataset, paths: list[str]) -> dict[str, NDArray[np.uint8]]:
    """Pictures (48, 48) of the images that are there, by path."""
    found: dict[str, NDArray[np.uint8]] = {}
    for faces in (dataset.train, dataset.test):
        rows = np.flatnonzero(np.isin(faces.paths, paths))
        found |= {str(faces.paths[row]): faces.images[row, :, :, 0] for row in rows}
    return {path: found[path] for path in paths if path in found}


def mean_faces(dataset: Dataset) -> NDArray[np.uint8]:
    """The mean training image of each class, uint8 (7, 48, 48, 1)."""
    faces = dataset.train
    classes = (faces.images[faces.labels == label] for label in range(NUM_CLASSES))
    means = [images.mean(axis=0, dtype=np.float64) for images in classes]
    return np.stack(means).round().astype(np.uint8)


def gray_histogram(dataset: Dataset, bins: int = 32) -> NDArray[np.float64]:
    """Shares of the grays in the training images of each class, float64 (7, bins): bins of equal
    width over 0-255 (`bins` divides 256); each row sums to 1.
    """
    faces = dataset.train
    shares = np.zeros((NUM_CLASSES, bins))
    for label in range(NUM_CLASSES):
        pixels = faces.images[faces.labels == label].ravel()
        counts = np.bincount(pixels, minlength=256).reshape(bins, -1).sum(axis=1)
        shares[label] = counts / max(pixels.size, 1)
    return shares


def gray_table(shares: NDArray[np.float64]) -> pd.DataFrame:
    """The shares of `gray_histogram` as a table: gray_from (0-255), then a column a class."""
    width = 256 // shares.shape[1]
    table = pd.DataFrame(shares.T, columns=list(CLASS_NAMES))
    table.insert(0, "gray_from", np.arange(len(table)) * width)
    return table
