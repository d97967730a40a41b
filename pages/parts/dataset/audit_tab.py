"""The audit: how many images are copies, empty or no faces, the groups as pictures, the lists."""

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.data.fer2013 import Dataset
from fer_core.quality.audit_report import Audit, Issue
from fer_core.reference.images import Copies
from pages.parts.dataset import kept
from pages.parts.shared import choices, fetching, frame, gallery, image_facts, tables
from pages.parts.shared.tables import Cell

COMMAND = "python -m fer_core data audit"
GROUPS = 8
SINGLES = 24
MOST_OF_GROUP = 12
"""Pictures shown of one group; twelve identical black squares say as much as forty."""
PAGE_KEY = "audit-page"

MEANINGS = {
    Issue.COPIES: "Equal byte for byte, wherever they are.",
    Issue.LEAKS: "Identical images in both train and test: a network may know the answer.",
    Issue.CONFLICTS: "Identical images under different labels: at least one of them is wrong.",
    Issue.NEAR: "The same photograph with another crop, compression or overlaid text, and "
    "sometimes the next frame of a film.",
    Issue.NEAR_LEAKS: "Near copies in both train and test, which a comparison of bytes misses.",
    Issue.FLAT: "A single shade of gray, or nearly so: there is nothing to see.",
    Issue.NO_FACE: "The face detector finds nothing: drawings, text, hands, and also real faces "
    "that are covered, turned or cut off. Look through the list before you exclude images.",
}


def show(dataset: Dataset | None) -> None:
    """What the audit found, or what the bytes alone tell."""
    audit = image_facts.audit(dataset)
    if audit is not None:
        with st.container(key="audit-counts"):
            _show_counts(audit)
        _show_finding(audit, dataset)
        _show_method(audit, kept.copies(dataset))
        return
    _show_copies(kept.copies(dataset), dataset)
    frame.empty_state(
        "These images have not been audited yet",
        "Near copies, empty images and images without a face take minutes to find.",
        "Run the audit, then reload this page:",
        command=COMMAND,
    )


def _show_copies(copies: Copies, dataset: Dataset | None) -> None:
    """What byte-identical images do to the figures of this data set."""
    st.markdown(f"""
- **Copies.** {copies.groups:,} groups of byte-identical images, {copies.copied_images:,} images.
- **Copies across the split.** {copies.leaking_groups:,} of the groups are in both train and
  test: {copies.leaked_test_images:,} test images can be seen in training, which inflates
  accuracy.
- **Optimistic validation.** {copies.leaked_validation_images:,} validation images have an
  identical copy among the training images.
- **Conflicting labels.** {copies.conflicting_groups:,} groups of identical images have
  different labels.
""")
    where = "of the published data set" if dataset is None else "on this machine"
    st.caption(f"Counted by comparing the bytes of all {copies.images:,} images {where}.")


def _show_counts(audit: Audit) -> None:
    """How many groups and images there are of each finding."""
    columns = ("groups", "images", "test")
    tables.show(
        "Groups and images of each finding of the audit",
        [Cell(text) for text in ("What", "Groups", "Images", "In test")],
        [
            [Cell(row["what"]), *(_cell(row[name]) for name in columns)]
            for row in audit.counts().to_dict("records")
        ],
        key="audit-table",
    )


def _cell(value: int) -> Cell:
    return Cell(formats.MISSING if pd.isna(value) else formats.count(value))


def _show_method(audit: Audit, copies: Copies) -> None:
    """How it was found."""
    facts = audit.facts
    detector = (
        f"Faces by {facts.detector} at a confidence of at least {facts.face_confidence:g}."
        if facts.detector == "YuNet"
        else f"Faces by the {facts.detector}, which misses many."
        if facts.detector
        else "No face detection was run."
    )
    st.caption(
        f"All {facts.images:,} images. {copies.leaked_validation_images:,} validation images of "
        "the report's split have an identical copy among the training images. Near copies: "
        f"perceptual hashes that differ in at most {facts.near_bits} of 144 bits. Nearly empty: "
        f"grays with a standard deviation below {facts.flat_below:g} of 255. {detector} "
        f"Made by `{COMMAND}`."
    )


@frame.fragment
def _show_finding(audit: Audit, dataset: Dataset | None) -> None:
    """One finding: its lists to download, and its images."""
    issue = Issue(
        st.selectbox(
            "Finding",
            [issue.value for issue in audit.issues()],
            index=1,
            key="finding",
            width=280,
            **choices.filters(PAGE_KEY),
        )
    )
    st.markdown(MEANINGS[issue])
    rows = audit.of(issue)
    if not len(rows):
        st.caption("None found.")
        return
    name = issue.value.replace(" ", "-")
    excluded = audit.to_exclude(issue)
    with st.container(horizontal=True):
        tables.csv_button(rows, "list", f"audit-{name}", "audit-csv")
        tables.csv_button(
            excluded,
            f"exclude list of {len(excluded):,} training images",
            f"exclude-{name}",
            "audit-exclude",
        )
    st.caption(
        "The exclude list is for `python -m fer_core train --preset tiny --run-id mine "
        "--exclude-list FILE`. It holds "
        + ("the" if issue.takes_all else "all but one of each group's")
        + " training images of this finding, and never test images."
    )
    if dataset is not None:
        _show_images(dataset, rows, issue)
        return
    st.caption("The images are not on this machine, so only their file names are shown.")
    fetching.tell_state()
    tables.grid(
        rows.dropna(axis="columns", how="all"),
        {"path": "path"},
        height=420,
        key="audit-rows",
        alt=f"Files: {issue.value}",
    )


def _show_images(dataset: Dataset, rows: pd.DataFrame, issue: Issue) -> None:
    """A page of groups, or of single images."""
    grouped = issue.is_grouped
    column, size, kind = ("group", GROUPS, "group") if grouped else ("path", SINGLES, "image")
    units = rows[column].unique()
    with choices.part_of(len(units), size, key=PAGE_KEY) as part:
        st.markdown(f"**{formats.counted(len(units), kind)}**; {part.words}")
        shown = rows[rows[column].isin(units[part.rows])]
        every = rows["path"].tolist()
        for number, (_, group) in enumerate(shown.groupby("group", sort=False)):
            paths = group["path"].tolist()
            first = paths[:MOST_OF_GROUP] if grouped else paths
            with st.container(key=f"audit-group-{number}" if grouped else None):
                gallery.show(
                    dataset,
                    first,
                    map(gallery.caption, first),
                    key=f"audit-{number}",
                    among=every,
                    title=f"Finding: {issue.value}",
                )
            if len(paths) > len(first):
                st.caption(f"and {len(paths) - len(first):,} more like these")
