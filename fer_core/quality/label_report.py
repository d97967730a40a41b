"""Labels that look wrong: the ranked list, what FER+ says to it, and its files.

| file | what |
|---|---|
| `label_quality.json` | `QualityFacts`: how the list was made, and how far FER+ bears it out |
| `label_quality.csv.gz` | `QUALITY_COLUMNS`: the suspicious training images, worst first |

The list of the images on this machine lies in the cache folder, that of the published data
set in `artifacts/reference`. Neither holds an image. `fer_core.quality.confident_learning`
makes the list.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from fer_core import paths
from fer_core.classes import CLASS_NAMES
from fer_core.data.fer2013 import Faces
from fer_core.data.ferplus import NO_MAJORITY, Votes, majority, soft_labels
from fer_core.errors import DataError
from fer_core.files import write_text
from fer_core.quality import findings
from fer_core.quality.tables import read_table, write_table

QUALITY_COLUMNS: Final = (
    "path",
    "given",
    "suggested",
    "score",
    "p_given",
    "p_suggested",
    "ferplus",
    "ferplus_given",
    "ferplus_suggested",
)
"""`score` is the normalized margin, 0-1, the lower the more suspicious; `p_` are out-of-fold
probabilities. `ferplus` is the class of FER+'s majority, empty without one; `ferplus_given`
and `ferplus_suggested` are shares of its votes, empty without votes."""

FACTS_FILE: Final = "label_quality.json"
ROWS_FILE: Final = "label_quality.csv.gz"
JUDGED: Final = 100
"""Images at the head of the list that the precision is counted on."""


class Agreement(BaseModel):
    """What FER+'s annotators say to the head of the list, and to all training images.

    An image counts as a real error when FER+ has a majority for another class than the
    given one. Without a majority for one of the seven classes nothing is confirmed.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    judged: int
    """Images at the head of the list."""
    with_majority: int
    """Of these, images with a FER+ majority for one of the seven classes."""
    errors: int
    """Of these, images whose majority is another class than the given one."""
    suggested_right: int
    """Of these, images whose majority is the suggested class."""
    all_images: int
    """Training images."""
    all_with_majority: int
    all_errors: int
    """The same, of all training images: what a blind pick would find."""

    @property
    def precision(self) -> float:
        """Share of the head of the list that FER+ calls wrong, 0-1; NaN for an empty list."""
        return self.errors / self.judged if self.judged else float("nan")

    @property
    def blind_precision(self) -> float:
        """The same for images picked blindly."""
        return self.all_errors / self.all_images if self.all_images else float("nan")


class QualityFacts(BaseModel):
    """How a list was made."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    fingerprint: str
    """`Dataset.fingerprint` of the images."""
    preset: str
    model: str
    setting: str
    """What was chosen while training, as `C=0.003`, or how long it took, as `12 epochs`."""
    folds: int
    seed: int
    images: int
    """Training images that were scored."""
    accuracy: float
    """Share of them whose given label the out-of-fold scores put first, 0-1."""
    suspicious: int
    """Images that confident learning flags; the list may hold fewer."""
    agreement: Agreement | None
    """None where FER+'s votes were not at hand."""
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
        if given is not None:
            rows = rows[rows["given"] == given]
        if suggested is not None:
            rows = rows[rows["suggested"] == suggested]
        if confirmed:
            rows = rows[(rows["ferplus"] != "") & (rows["ferplus"] != rows["given"])]
        return rows


def with_votes(rows: pd.DataFrame, votes: Votes | None) -> pd.DataFrame:
    """Adds what FER+'s annotators say: `ferplus`, `ferplus_given`, `ferplus_suggested`.

    Args:
        rows: with path, given, suggested.
        votes: None leaves the three empty.
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
    """Counts how far FER+ confirms the head of the list, and what blind picks would give.

    Args:
        rows: `QUALITY_COLUMNS`, the most suspicious first.
        faces: every training image.
        votes: FER+'s.
        judged: images at the head to count on.
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


def label_names(labels: NDArray[np.integer]) -> NDArray[np.str_]:
    """Class names of class numbers."""
    names: NDArray[np.str_] = np.array(CLASS_NAMES)[labels]
    return names


def machine_folder(fingerprint: str) -> Path:
    """Where this machine keeps the list of these images."""
    return paths.cache_dir() / "label_quality" / fingerprint[:20]


def write_quality(quality: LabelQuality, folder: Path) -> None:
    """Writes both files, the facts last, so that their existence means complete."""
    folder.mkdir(parents=True, exist_ok=True)
    write_table(folder / ROWS_FILE, quality.rows[list(QUALITY_COLUMNS)].round(4))
    write_text(folder / FACTS_FILE, quality.facts.model_dump_json(indent=1) + "\n")


def read_quality(folder: Path) -> LabelQuality:
    """Reads what `write_quality` wrote.

    Raises:
        DataError: a file is missing or damaged.
    """
    rows = read_table(folder / ROWS_FILE, QUALITY_COLUMNS)
    numbers = [name for name in QUALITY_COLUMNS if name[:2] == "p_" or name == "score"]
    numbers += ["ferplus_given", "ferplus_suggested"]
    try:
        facts = QualityFacts.model_validate_json((folder / FACTS_FILE).read_text(encoding="utf-8"))
        rows[numbers] = rows[numbers].apply(pd.to_numeric)
    except (OSError, ValidationError, ValueError) as exc:
        raise DataError(
            "The list of suspicious labels is missing or damaged. Make it anew: "
            "python -m fer_core data label-quality"
        ) from exc
    return LabelQuality(facts, rows)


def find_folder(fingerprint: str | None) -> Path | None:
    """The folder with a list for these images, or for the published ones where None is asked.

    This machine's own comes before the one in the repository.
    """
    own = machine_folder(fingerprint) if fingerprint is not None else None

    def read_fingerprint(text: str) -> str:
        return QualityFacts.model_validate_json(text).fingerprint

    return findings.find_folder(fingerprint, own, FACTS_FILE, read_fingerprint)
