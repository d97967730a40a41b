"""What somebody decided about labels that look wrong: keep, relabel or exclude.

A review is a CSV file. Its first line names the images that it is of, by the fingerprint of
their data set; the rest has a row an image, the latest decision of each:

    # images cb6cde75ab9fe809baf038eedf253eef03a368c7525ba3b7ff143c2c1b79a79f
    path,label,decision,new_label,when
    train/angry/im1.png,angry,relabel,sad,2026-03-01T10:12:00+00:00
    train/happy/im7.png,happy,keep,,2026-03-01T10:12:03+00:00
    train/sad/im4.png,sad,exclude,,2026-03-01T10:12:05+00:00

`label` is that of the image's folder, `new_label` one of the seven classes and only there with
`relabel`, `when` the time in ISO 8601. `fer_core.data.label_review_file` keeps one on disk.

`fer_core.data.reviewed_labels` trains on it.
"""

import csv
import hashlib
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.data.fer2013 import Dataset
from fer_core.data.layout import SPLITS
from fer_core.errors import DataError

COLUMNS: Final = ("path", "label", "decision", "new_label", "when")
_IMAGES = "# images "
_NAMED = 5
_MOST_BYTES = 16 * 2**20
"""No review of the data set's 35,887 images comes near it."""
_LONGEST_LINE = 1_000


class Decision(StrEnum):
    """KEEP: the label is right. RELABEL: another of the seven is. EXCLUDE: none is, or it is no
    face.
    """

    KEEP = "keep"
    RELABEL = "relabel"
    EXCLUDE = "exclude"


@dataclass(frozen=True)
class Ruling:
    """A decision on one image (path as `train/happy/im0.png`), made at `when` (UTC); `new_label`
    is a class name with RELABEL, else empty.
    """

    path: str
    decision: Decision
    new_label: str = ""
    when: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __post_init__(self) -> None:
        if problem := _problem(self.path, self.decision, self.new_label):
            raise DataError(problem)

    @property
    def label(self) -> str:
        """The label as published: the name of the image's folder."""
        return self.path.split("/")[1]

    @property
    def words(self) -> str:
        """The decision, as `relabel to sad`."""
        return f"{self.decision} to {self.new_label}" if self.new_label else str(self.decision)

    @property
    def is_test(self) -> bool:
        """Whether it is on a test image, and changes nothing in training."""
        return self.path.startswith("test/")


@dataclass(frozen=True)
class Review:
    """Decisions by path, on images of the data set with that fingerprint (empty: not known)."""

    fingerprint: str
    rulings: Mapping[str, Ruling] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rulings)

    @property
    def sha256(self) -> str:
        """Of what it decides, whenever and in whatever order; `TrainConfig.label_review` has it."""
        rows = sorted((r.path, r.decision.value, r.new_label) for r in self.rulings.values())
        return hashlib.sha256("\n".join(map(",".join, rows)).encode()).hexdigest()

    def with_ruling(self, ruling: Ruling) -> "Review":
        """A review with one decision more, or another one on that image."""
        return replace(self, rulings={**self.rulings, ruling.path: ruling})

    def without(self, path: str) -> "Review":
        """A review with no decision on that image."""
        rest = {name: ruling for name, ruling in self.rulings.items() if name != path}
        return replace(self, rulings=rest)

    def latest(self) -> Ruling | None:
        """The decision that was made last; of several at one time the last of the file."""
        found = enumerate(self.rulings.values())
        return max(found, key=lambda one: (one[1].when, one[0]), default=(0, None))[1]

    def count(self, decision: Decision, *, test: bool = False) -> int:
        """Decisions of that kind on images of the training or of the test folder."""
        found = self.rulings.values()
        return sum(r.decision is decision and r.is_test is test for r in found)

    def as_csv(self) -> str:
        """The file's text."""
        text = io.StringIO()
        if self.fingerprint:
            text.write(f"{_IMAGES}{self.fingerprint}\n")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for r in self.rulings.values():
            writer.writerow([r.path, r.label, r.decision, r.new_label, r.when.isoformat()])
        return text.getvalue()


def parse(
    content: str | bytes,
    name: str,
    *,
    fingerprint: str | None = None,
    known: Collection[str] | None = None,
) -> tuple[Review, list[str]]:
    """Reads the text of a review called `name`, of images with that fingerprint and these paths
    (not checked where None).

    Returns:
        The decisions of the lines that can be read, and a sentence for each of the others.

    Raises:
        DataError: it is no review at all, or one of other images.
    """
    if len(content) > _MOST_BYTES:
        raise DataError(
            f"{name} has {formats.megabytes(len(content))}, more than a decision on every image "
            "needs, so it is no label review."
        )
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
    except UnicodeDecodeError as exc:
        raise DataError(f"{name} is not a text file, so it holds no label review.") from exc
    # Spreadsheets put a line in quotes, or commas after it.
    lines = [line.strip(',"') if line.startswith('"# ') else line for line in text.splitlines()]
    images = next((line[len(_IMAGES) :].strip() for line in lines if line.startswith(_IMAGES)), "")
    images = images.strip(",\"' ")
    if fingerprint is not None and images and images != fingerprint:
        raise DataError(
            f"{name} is a review of other images than those that are here (fingerprint "
            f"{images[:12]}, here {fingerprint[:12]}). Use it with the data set it was made on."
        )
    head = next((n for n, line in enumerate(lines) if line and not line.startswith("#")), None)
    columns = _values(lines[head]) if head is not None else []
    missing = [column for column in COLUMNS if column not in columns]
    if head is None or missing:
        raise DataError(
            f"{name} is empty. Expected: {','.join(COLUMNS)}."
            if head is None
            else f"{name} is no label review: without {', '.join(missing)}. Expected: "
            f"{','.join(COLUMNS)}."
        )
    rulings: dict[str, Ruling] = {}
    problems = []
    for number, line in enumerate(lines[head + 1 :], head + 2):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            ruling = _ruling(dict(zip(columns, _values(line), strict=False)))
            if known is not None and ruling.path not in known:
                raise DataError(f"there is no image {ruling.path} in this data set.")
            if ruling.path in rulings:
                raise DataError(f"{ruling.path} has a decision on an earlier line already.")
            rulings[ruling.path] = ruling
        except DataError as exc:
            problems.append(f"{name}, line {number}: {exc}")
    return Review(images, rulings), problems


def told(problems: list[str]) -> str:
    """The first of them, a sentence each, and how many there are."""
    more = len(problems) - _NAMED
    shown = [*problems[:_NAMED], *([f"{more:,} more lines are at fault."] if more > 0 else [])]
    return "\n\n".join(shown)


def read_review(file: Path, dataset: Dataset | None = None) -> Review:
    """Reads a review of the images in `dataset` (any images where None).

    Raises:
        DataError: a sentence on the file, or on each line at fault.
    """
    try:
        content = file.read_bytes()
    except OSError as exc:
        raise DataError(f"The label review {file.name} cannot be read: {exc.strerror}.") from exc
    fingerprint = dataset.fingerprint if dataset is not None else None
    known = known_paths(dataset) if dataset is not None else None
    review, problems = parse(content, file.name, fingerprint=fingerprint, known=known)
    if problems:
        raise DataError(told(problems))
    return review


def known_paths(dataset: Dataset) -> frozenset[str]:
    """The path of every image."""
    return frozenset(dataset.train.paths.tolist()) | frozenset(dataset.test.paths.tolist())


def _values(line: str) -> list[str]:
    """The cells of one line; none where it is longer than any line of a review."""
    if len(line) > _LONGEST_LINE:
        return []
    return [value.strip() for value in next(csv.reader([line]))]


def _ruling(row: dict[str, str]) -> Ruling:
    """Raises `DataError` with what is wrong with the row."""
    path, decision, when = row.get("path", ""), row.get("decision", ""), row.get("when", "")
    if decision not in list(Decision):
        raise DataError(f"'{decision}' is no decision. Valid: {', '.join(Decision)}.")
    try:
        time = datetime.fromisoformat(when)
    except ValueError as exc:
        raise DataError(f"'{when}' is no time, as 2026-03-01T10:12:00+00:00.") from exc
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    ruling = Ruling(path, Decision(decision), row.get("new_label", ""), time)
    if row.get("label") != ruling.label:
        raise DataError(f"the label of {path} is {ruling.label}, not '{row.get('label', '')}'.")
    return ruling


def _problem(path: str, decision: Decision, new_label: str) -> str:
    """What is wrong with a decision; empty where nothing is."""
    parts = path.split("/")
    if len(parts) != 3 or parts[0] not in SPLITS or parts[1] not in CLASS_NAMES:
        return f"'{path}' is no path of an image, as train/happy/im0.png."
    if decision is not Decision.RELABEL:
        return f"a new label goes with relabel only, not with {decision}." if new_label else ""
    if new_label not in CLASS_NAMES:
        return f"there is no class '{new_label}'. Valid: {', '.join(CLASS_NAMES)}."
    return f"it is labelled {new_label} already; keep it." if new_label == parts[1] else ""
