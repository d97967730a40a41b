"""What an audit of the images found, as a record: read, asked, written.

| file | what |
|---|---|
| `audit.json` | `AuditFacts`: of which images, with which limits, and the counts |
| `audit.csv.gz` | `AUDIT_COLUMNS`: a row for each image in each finding |

`fer_core.quality.findings` says where they are kept.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import pandas as pd

from fer_core.quality.findings import FindingFacts, Record

AUDIT_COLUMNS: Final = ("finding", "group", "path", "value")
"""`group` is -1 where a finding has no groups; `value` is what `Finding` says."""


class Finding(StrEnum):
    """IDENTICAL: byte for byte; no value. NEAR: alike by perceptual hash and not all
    identical; the bits by which an image differs from the nearest other one. FLAT: constant
    or nearly so; the standard deviation of the grays. NO_FACE: the detector finds no face;
    no value.
    """

    IDENTICAL = "identical"
    NEAR = "near"
    FLAT = "flat"
    NO_FACE = "no_face"


class Issue(StrEnum):
    """A view of the findings. COPIES: groups of identical images. LEAKS: of these, the groups
    with images in both train and test. CONFLICTS: of these, the groups with different labels.
    """

    COPIES = "identical copies"
    LEAKS = "in train and test"
    CONFLICTS = "different labels"
    NEAR = "near copies"
    NEAR_LEAKS = "near copies in train and test"
    FLAT = "nearly empty"
    NO_FACE = "no face found"

    @property
    def is_grouped(self) -> bool:
        """Whether its images belong together in groups."""
        return self not in (Issue.FLAT, Issue.NO_FACE)

    @property
    def takes_all(self) -> bool:
        """Whether all its training images are better excluded; of mere copies one stays."""
        return self not in (Issue.COPIES, Issue.NEAR)


_FINDING_OF: Final = {
    **dict.fromkeys((Issue.COPIES, Issue.LEAKS, Issue.CONFLICTS), Finding.IDENTICAL),
    **dict.fromkeys((Issue.NEAR, Issue.NEAR_LEAKS), Finding.NEAR),
    Issue.FLAT: Finding.FLAT,
    Issue.NO_FACE: Finding.NO_FACE,
}


class AuditFacts(FindingFacts):
    """On what the audit was made, by which limits, and how much it found."""

    images: int
    near_bits: int  # neighbours in a group of near copies differ in at most so many of 144 bits
    flat_below: float  # standard deviation of the grays, 0-255; an image below is nearly empty
    detector: str  # name of the face detector, as `YuNet`; empty where faces were not searched
    face_confidence: float  # below which a face does not count; the Haar cascade has none
    versions: dict[str, str]


@dataclass(frozen=True)
class Audit:
    """Facts, and the findings as rows of `AUDIT_COLUMNS`, ordered by finding, group and path."""

    facts: AuditFacts
    rows: pd.DataFrame

    def of(self, issue: Issue) -> pd.DataFrame:
        """The images of an issue (path, split, label, group, value), group by group, train before
        test.
        """
        rows = self.rows[self.rows["finding"] == _FINDING_OF[issue]].drop(columns="finding")
        parts = rows["path"].str.split("/")
        rows = rows.assign(split=parts.str[0], label=parts.str[1])
        by_group = rows.groupby("group")
        if issue in (Issue.LEAKS, Issue.NEAR_LEAKS):
            rows = rows[by_group["split"].transform("nunique") > 1]
        elif issue is Issue.CONFLICTS:
            rows = rows[by_group["label"].transform("nunique") > 1]
        ordered = rows.assign(test=rows["split"] == "test").sort_values(
            ["group", "test"], kind="stable"
        )
        return ordered[["path", "split", "label", "group", "value"]].reset_index(drop=True)

    def issues(self) -> list[Issue]:
        """What was looked for: without a face detector no missing faces."""
        return [issue for issue in Issue if issue is not Issue.NO_FACE or self.facts.detector]

    def count(self, issue: Issue) -> tuple[int, int, int]:
        """Groups (images where there are no groups), images, and test images among them."""
        rows = self.of(issue)
        groups = rows["group"].nunique() if issue.is_grouped else len(rows)
        return int(groups), len(rows), int((rows["split"] == "test").sum())

    def counts(self) -> pd.DataFrame:
        """A row an issue: what, groups (missing where there are none), images, test."""
        rows = [(issue.value, *self.count(issue)) for issue in self.issues()]
        table = pd.DataFrame(rows, columns=["what", "groups", "images", "test"])
        grouped = [issue.is_grouped for issue in self.issues()]
        return table.assign(groups=table["groups"].astype("Int64").where(grouped))

    def to_exclude(self, issue: Issue) -> pd.DataFrame:
        """Training images (column path) that `train --exclude-list` should exclude for this issue.

        Of a group of mere copies the first training image stays. Test images are never
        excluded.
        """
        rows = self.of(issue)
        rows = rows[rows["split"] == "train"]
        if not issue.takes_all:
            rows = rows[rows["group"].duplicated()]
        return rows[["path"]].reset_index(drop=True)

    def copies_of(self, path: str) -> list[tuple[str, Finding]]:
        """The other images in the groups of an image, identical ones first."""
        found: dict[str, Finding] = {}
        for finding in (Finding.IDENTICAL, Finding.NEAR):
            rows = self.rows[self.rows["finding"] == finding]
            groups = rows.loc[rows["path"] == path, "group"]
            for other in rows.loc[rows["group"].isin(groups), "path"]:
                if other != path:
                    found.setdefault(str(other), finding)
        return list(found.items())


RECORD: Final = Record("audit", AuditFacts, AUDIT_COLUMNS, "data audit")
FACTS_FILE, ROWS_FILE = RECORD.files
machine_folder, find_folder = RECORD.machine_folder, RECORD.find_folder


def write_audit(audit: Audit, folder: Path) -> None:
    """Writes an audit's files."""
    RECORD.write(folder, audit.facts, audit.rows)


def read_audit(folder: Path) -> Audit:
    """Reads what `write_audit` wrote; raises `DataError` where a file is missing or damaged."""
    return Audit(*RECORD.read(folder, ["value"]))
