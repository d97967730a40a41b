"""FER+: what ten annotators saw in each FER2013 image (Barsoum et al. 2016, arXiv:1608.01041).

The votes were published by Microsoft under the MIT licence
(https://github.com/microsoft/FERPlus). Here they are read from a CSV with one row an
image, `path` as `train/angry/im0.png` and the number of votes for each answer:

    path,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF

`NF` means not a face. 175 of the 35,887 images have no row: FER+ has no votes for them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core import paths
from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.errors import DataError

ANSWERS: Final = (
    *("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear"),
    *("contempt", "unknown", "NF"),
)
"""What an annotator could answer, in the order of the file's columns."""

ANSWER_OF_CLASS: Final = {
    "angry": "anger",
    "disgusted": "disgust",
    "fearful": "fear",
    "happy": "happiness",
    "neutral": "neutral",
    "sad": "sadness",
    "surprised": "surprise",
}
"""FER+'s word for each of our classes."""

NO_MAJORITY: Final = -1
_COLUMNS = np.array([ANSWERS.index(ANSWER_OF_CLASS[name]) for name in CLASS_NAMES])
_MOST_VOTES = np.iinfo(np.uint8).max


@dataclass(frozen=True)
class Votes:
    """The votes of every image that has any."""

    paths: NDArray[np.str_]  # str (n,), as `train/angry/im0.png`, each once
    counts: NDArray[np.uint8]  # uint8 (n, 10), votes for each of `ANSWERS`; ten in all, seldom nine

    def __post_init__(self) -> None:
        expected = (len(self.paths), len(ANSWERS))
        if self.paths.ndim != 1 or self.counts.shape != expected:
            raise DataError(f"FER+ votes need counts of shape {expected}, got {self.counts.shape}.")
        if not len(self.paths):
            raise DataError("FER+ votes need at least one image.")
        if self.counts.dtype != np.uint8:
            raise DataError(f"FER+ votes need counts as uint8, got {self.counts.dtype}.")

    def __len__(self) -> int:
        return len(self.paths)


def load_votes(path: Path | None = None) -> Votes:
    """Reads the votes; from `paths.ferplus_file()` when `path` is None.

    Raises:
        DataError: there is no such file, it lacks a column, an image is named twice,
            or a vote is no integer from 0 to 255.
    """
    path = paths.ferplus_file() if path is None else path
    try:
        table = pd.read_csv(path, dtype={"path": str}, low_memory=False)
    except FileNotFoundError as exc:
        raise DataError(
            f"There are no FER+ votes: the file {path.name} was not found. Name a CSV with the "
            f"columns path, {', '.join(ANSWERS)} in {paths.FERPLUS_VARIABLE}."
        ) from exc
    except (OSError, ValueError) as exc:  # pandas' parser errors are ValueErrors
        raise DataError(f"The FER+ votes in {path.name} cannot be read as a CSV file.") from exc
    missing = [name for name in ("path", *ANSWERS) if name not in table]
    if missing:
        raise DataError(
            f"The FER+ votes in {path.name} lack the column {', '.join(missing)}. "
            f"Expected: path, {', '.join(ANSWERS)}."
        )
    if table["path"].isna().any() or table["path"].duplicated().any():
        raise DataError(f"The FER+ votes in {path.name} need one row an image, each named once.")
    return Votes(table["path"].to_numpy(dtype=np.str_), _counts(table[list(ANSWERS)], path.name))


def soft_labels(votes: Votes, image_paths: NDArray[np.str_]) -> NDArray[np.float32]:
    """Shares of the votes of images (paths, str (n,)) over our seven classes.

    Votes for contempt, unknown and not-a-face are omitted; the rest adds up to 1.
    Single votes count like any other: they are the doubt that soft labels should carry.

    Returns:
        float32 (n, 7) in class order; a row is NaN where the image has no votes or none
        for one of the seven classes.
    """
    rows, known = _rows(votes, image_paths)
    ours = votes.counts[rows][:, _COLUMNS].astype(np.float32)
    ours[~known] = 0
    totals = ours.sum(axis=1, keepdims=True)
    shares = np.full(ours.shape, np.nan, dtype=np.float32)
    np.divide(ours, totals, out=shares, where=totals > 0)
    return shares


def majority(votes: Votes, image_paths: NDArray[np.str_]) -> NDArray[np.int8]:
    """The class that the annotators of images (paths, str (n,)) agree on, by FER+'s own rule.

    Answers with a single vote are dropped as outliers; of the votes that remain one
    answer must have more than half (src/ferplus.py in microsoft/FERPlus, mode
    `majority`). So a tie is no majority, and neither is a plurality of half or less.

    Returns:
        int8 (n,), index into `CLASS_NAMES`; `NO_MAJORITY` (-1) where there is no majority,
        where it says contempt, unknown or not a face, or where the image has no votes.
    """
    rows, known = _rows(votes, image_paths)
    counts = votes.counts[rows]
    counts[counts == 1] = 0
    most = counts.max(axis=1, initial=0)
    agreed = known & (2 * most.astype(np.int64) > counts.sum(axis=1))
    class_of_answer = np.full(len(ANSWERS), NO_MAJORITY, dtype=np.int8)
    class_of_answer[_COLUMNS] = np.arange(NUM_CLASSES)
    chosen = class_of_answer[np.argmax(counts, axis=1)]
    return np.where(agreed, chosen, NO_MAJORITY).astype(np.int8)


def disagreement(votes: Votes, image_paths: NDArray[np.str_]) -> NDArray[np.float32]:
    """Share of the votes on each image that are not for its most common answer: float32 (n,), 0-1;
    NaN where it has no votes.
    """
    rows, known = _rows(votes, image_paths)
    counts = votes.counts[rows].astype(np.float32)
    totals = counts.sum(axis=1)
    shares = 1 - counts.max(axis=1, initial=0) / np.maximum(totals, 1)
    return np.where(known & (totals > 0), shares, np.nan).astype(np.float32)


def _counts(table: pd.DataFrame, name: str) -> NDArray[np.uint8]:
    numbers = table.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    wrong = ~((numbers >= 0) & (numbers <= _MOST_VOTES) & (numbers % 1 == 0))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise DataError(
            f"The FER+ votes in {name} need whole numbers from 0 to {_MOST_VOTES}; "
            f"line {row + 2} has '{table.iat[row, column]}' under {ANSWERS[column]}."
        )
    counts: NDArray[np.uint8] = numbers.astype(np.uint8)
    return counts


def _rows(
    votes: Votes, image_paths: NDArray[np.str_]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The row of each image, 0 where it has none, and whether it has one."""
    rows: NDArray[np.intp] = pd.Index(votes.paths).get_indexer(pd.Index(image_paths))
    known = rows >= 0
    return np.where(known, rows, 0), known
