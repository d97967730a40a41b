"""Suspicious labels: the ranked list, how far FER+ agrees, and its files.

| file | what |
|---|---|
| `label_quality.json` | `QualityFacts`: how the list was made, and how far FER+ agrees |
| `label_quality.csv.gz` | `QUALITY_COLUMNS`: the suspicious training images, worst first |

`fer_core.quality.findings` says where they are kept, `fer_core.quality.label_quality` makes
the list.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from fer_core.classes import CLASS_NAMES
from fer_core.data.fer2013 import Faces
from fer_core.data.ferplus import NO_MAJORITY, Votes, majority, soft_labels
from fer_core.quality.findings import FindingFacts, Record

QUALITY_COLUMNS: Final = (
    *("path", "given", "suggested", "score", "p_given", "p_suggested"),
    *("ferplus", "ferplus_given", "ferplus_suggested"),
)
"""`score` is the normalized margin, 0-1, the lower the more suspicious; `p_` are out-of-fold
probabilities. `ferplus` is the class of FER+'s majority, empty without one; `ferplus_given`
and `ferplus_suggested` are shares of its votes, empty without votes."""

JUDGED: Final = 100  # images at the head of the list that the precision is counted on


class Agreement(BaseModel):
    """How far FER+'s annotators agree with the head of the list, and with all labels.

    An image counts as a real error when FER+ has a majority for another class than the
    given one. Without a majority for one of the seven classes nothing is confirmed.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    judged: int  # images at the head of the list
    with_majority: int  # of these, images with a FER+ majority for one of the seven classes
    errors: int  # of these, images whose majority is another class than the given one
    suggested_right: int  # of these, images whose majority is the suggested class
    all_images: int  # training images
    all_with_majority: int
    all_errors: int  # the same, of all training images: the random baseline

    @property
    def precision(self) -> float:
        """Share of the head of the list that FER+ calls wrong, 0-1; NaN for an empty list."""
        return self.errors / self.judged if self.judged else float("nan")

    @property
    def random_precision(self) -> float:
        """The same for images picked at random."""
        return self.all_errors / self.all_images if self.all_images else float("nan")


class QualityFacts(FindingFacts):
    """How a list was made."""

    preset: str
    model: str
    setting: str  # what was chosen while training, as `C=0.003`, or its length, as `12 epochs`
    folds: int
    seed: int
    images: int  # training images that were scored
    accuracy: float  # share of them whose given label the out-of-fold scores put first, 0-1
    suspicious: int  # images that confident learning flags; the list may hold fewer
    agreement: Agreement | None  # None where FER+'s votes were not available
    versions: dict[str, str]


@dataclass(frozen=True)
class LabelQuality:
    """Facts and the list (`QUALITY_COLUMNS`), the most suspicious image first."""

    facts: QualityFacts
    rows: pd.DataFrame

    def select(
        self, *, given: str | None = None, suggested: str | None = None, confirmed: bool = False
    ) -> pd.DataFrame:
        """The rows of these labels; `confirmed`: where FER+'s majority is not the given label."""
        rows = self.rows
        for column, wanted in (("given", given), ("suggested", suggested)):
            if wanted is not None:
                rows = rows[rows[column] == wanted]
        if confirmed:
            rows = rows[(rows["ferplus"] != "") & (rows["ferplus"] != rows["given"])]
        return rows


def with_votes(rows: pd.DataFrame, votes: Votes | None) -> pd.DataFrame:
    """Adds what FER+'s annotators say: `ferplus`, `ferplus_given`, `ferplus_suggested`; without
    votes the three stay empty.
    """
    if votes is None:
        return rows.assign(ferplus="", ferplus_given=np.nan, ferplus_suggested=np.nan)
    places = rows["path"].to_numpy(dtype=np.str_)
    shares = soft_labels(votes, places)
    names = list(CLASS_NAMES)
    index = np.arange(len(rows))
    chosen = majority(votes, places)
    return rows.assign(
        ferplus=["" if label == NO_MAJORITY else names[label] for label in chosen],
        ferplus_given=shares[index, rows["given"].map(names.index)].astype(float),
        ferplus_suggested=shares[index, rows["suggested"].map(names.index)].astype(float),
    )


def agreement(rows: pd.DataFrame, faces: Faces, votes: Votes, judged: int = JUDGED) -> Agreement:
    """Counts how far FER+ confirms the first `judged` rows, and the random baseline.

    `rows` are `QUALITY_COLUMNS`, the most suspicious first; `faces` is every training image.
    """
    head = rows.head(judged)
    known = head["ferplus"] != ""
    chosen = majority(votes, faces.paths)
    sure = chosen != NO_MAJORITY
    return Agreement(
        judged=len(head),
        with_majority=int(known.sum()),
        errors=int((known & (head["ferplus"] != head["given"])).sum()),
        suggested_right=int((known & (head["ferplus"] == head["suggested"])).sum()),
        all_images=len(faces),
        all_with_majority=int(sure.sum()),
        all_errors=int((sure & (chosen != faces.labels)).sum()),
    )


RECORD: Final = Record("label_quality", QualityFacts, QUALITY_COLUMNS, "data label-quality")
FACTS_FILE, ROWS_FILE = RECORD.files
machine_folder, find_folder = RECORD.machine_folder, RECORD.find_folder


def write_quality(quality: LabelQuality, folder: Path) -> None:
    """Writes a list's files."""
    RECORD.write(folder, quality.facts, quality.rows.round(4))


def read_quality(folder: Path) -> LabelQuality:
    """Reads what `write_quality` wrote; raises `DataError` where a file is missing or damaged."""
    numbers = [*QUALITY_COLUMNS[3:6], *QUALITY_COLUMNS[7:]]
    return LabelQuality(*RECORD.read(folder, numbers))
