"""The label review of this machine: one file, of which no decision is lost.

Every change reads the file, changes one image's decision and writes the file whole, under a lock
between processes; so a kill leaves the old file or the new one, and two who review at the same
time keep each other's decisions.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from fer_core import paths
from fer_core.data.fer2013 import Dataset
from fer_core.data.label_review import Review, Ruling, known_paths, parse, told
from fer_core.errors import DataError
from fer_core.files import write_text

_PATIENCE = 10.0  # seconds to wait for another process that writes


@dataclass(frozen=True)
class ReviewFile:
    """The review in `file`, of images with that fingerprint and these paths."""

    file: Path
    fingerprint: str
    known: Collection[str]

    def read(self) -> Review:
        """The decisions so far; none where there is no file yet.

        Raises:
            DataError: a sentence on the file, or on each line at fault.
        """
        try:
            content = self.file.read_bytes()
        except FileNotFoundError:
            return Review(self.fingerprint)
        except OSError as exc:
            raise DataError(f"{self.file.name} cannot be read: {exc.strerror}.") from exc
        review, problems = parse(
            content, self.file.name, fingerprint=self.fingerprint, known=self.known
        )
        if problems:
            raise DataError(told(problems))
        return Review(self.fingerprint, review.rulings)

    def decide(self, *rulings: Ruling) -> Review:
        """Writes decisions, and returns all there are.

        Raises:
            DataError: as `read`, or it cannot be written; the file is as it was.
        """
        with self._locked():
            review = self.read()
            for ruling in rulings:
                review = review.with_ruling(ruling)
            write_text(self.file, review.as_csv())
            return review

    def take_back(self, ruling: Ruling, before: Ruling | None) -> Review:
        """Puts the decision `before` (none where None) back in place of `ruling`, and returns all
        there are.

        Raises:
            DataError: as `decide`, or somebody has decided otherwise on that image since.
        """
        with self._locked():
            review = self.read()
            if review.rulings.get(ruling.path) != ruling:
                raise DataError(
                    f"The decision on {ruling.path} was changed elsewhere since, so it stays."
                )
            review = review.with_ruling(before) if before else review.without(ruling.path)
            write_text(self.file, review.as_csv())
            return review

    def set_aside(self) -> str:
        """Renames a file that cannot be read, so that a review can begin; returns its new name."""
        with self._locked():
            moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
            name = f"{self.file.stem}-{moment}{self.file.suffix}"
            self.file.rename(self.file.with_name(name))
            return name

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            lock = self.file.with_name(f".{self.file.name}.lock")
            with FileLock(str(lock), timeout=_PATIENCE):
                yield
        except Timeout as exc:
            raise DataError("Another process holds the label review. Try again.") from exc
        except OSError as exc:
            raise DataError(
                f"The decision could not be saved ({exc.strerror}). Free some space, or set "
                f"{paths.LABEL_REVIEW_VARIABLE} to a file that can be written."
            ) from exc


def own_review(dataset: Dataset) -> ReviewFile:
    """The owner's review of these images on this machine (the file need not exist)."""
    return ReviewFile(paths.label_review_file(), dataset.fingerprint, known_paths(dataset))
