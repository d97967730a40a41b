"""What a run keeps of the changes to its images: its exclude list and its label review.

Both lie beside its configuration, which records their sha256, so the run can be resumed and
rebuilt without the first files.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from fer_core.config import TrainConfig
from fer_core.data.exclusion import ExcludeList, leave_out, read_list
from fer_core.data.fer2013 import Dataset
from fer_core.data.label_review import Review, read_review
from fer_core.data.reviewed_labels import apply_review
from fer_core.errors import DataError
from fer_core.files import write_text

LIST_FILE: Final = "excluded.csv"
REVIEW_FILE: Final = "label_review.csv"

Kept = TypeVar("Kept", ExcludeList, Review)


def keep_list(folder: Path, listed: ExcludeList) -> None:
    """Writes the list into a run's folder, which is made where it is missing."""
    _keep(folder / LIST_FILE, "\n".join(["path", *listed.paths]) + "\n")


def keep_review(folder: Path, review: Review) -> None:
    """Writes the review into a run's folder, which is made where it is missing."""
    _keep(folder / REVIEW_FILE, review.as_csv())


def kept_list(folder: Path, config: TrainConfig) -> ExcludeList | None:
    """The list that the run in `folder` was started with; None where there was none.

    Raises:
        DataError: the folder has none any more, or another one.
    """
    file, what = folder / LIST_FILE, "list of excluded images"
    return _kept(file, config.exclude_list, read_list, what, "--exclude-list")


def kept_review(folder: Path, config: TrainConfig) -> Review | None:
    """The review that the run in `folder` was started with; None where there was none.

    Raises:
        DataError: as `kept_list`.
    """
    file = folder / REVIEW_FILE
    return _kept(file, config.label_review, read_review, "label review", "--label-review")


def reduced(dataset: Dataset, config: TrainConfig, folder: Path) -> Dataset:
    """The images of a run in `folder`: all, or without those of its list, and with the labels of
    its review.

    Raises:
        DataError: as `kept_list`.
    """
    listed = kept_list(folder, config)
    if listed is not None:
        dataset = leave_out(dataset, config, listed)
    review = kept_review(folder, config)
    return dataset if review is None else apply_review(dataset, config, review)


def _keep(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_text(file, text)


def _kept(
    file: Path, sha256: str | None, read: Callable[[Path], Kept], what: str, option: str
) -> Kept | None:
    """What `file` holds, if it is what the run was started with; None where that was nothing."""
    if sha256 is None:
        return None
    run_id = file.parent.name
    if not file.exists():
        raise DataError(
            f"The {what}, {file.name}, is missing from the folder of run '{run_id}'. Start a new "
            f"run with {option} FILE."
        )
    found = read(file)
    if found.sha256 != sha256:
        raise DataError(
            f"{file.name} of run '{run_id}' is not the {what} that it was started with. Restore "
            f"the file, or start a new run with {option} FILE."
        )
    return found
