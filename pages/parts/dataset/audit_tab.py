"""The audit: how many images are copies, empty or no faces, the groups as pictures, the lists."""

from collections.abc import Iterator

import pandas as pd
import streamlit as st

from fer_core.data.browse import pixels_of
from fer_core.data.fer2013 import Dataset
from fer_core.quality.audit_report import Audit, Issue
from fer_core.reference.images import Copies
from pages.parts.dataset import dataset_parts, image_dialog
from pages.parts.shared import downloads, frame, gallery
from pages.parts.shared.gallery import Card

COMMAND = "python -m fer_core data audit"
GROUPS = 8
SINGLES = 24
MOST_OF_GROUP = 12
"""Pictures shown of one group; twelve identical black squares say as much as forty."""
PAGE_KEY = "audit-page"

MEANINGS = {
    Issue.COPIES: "Equal byte for byte, wherever they stand.",
    Issue.LEAKS: "Identical images in both train and test: a network may know the answer by heart.",
    Issue.CONFLICTS: "Identical images under different labels: one of them is wrong.",
    Issue.NEAR: "The same photograph with another crop, compression or writing on it, and "
    "sometimes the next frame.",
    Issue.NEAR_LEAKS: "Such images in both train and test, which no comparison of bytes finds.",
    Issue.FLAT: "One gray, or nearly so: there is nothing to see.",
    Issue.NO_FACE: "The face detector finds nothing: drawings, text, hands, and also real faces "
    "that are covered, turned or cut off. A list to look through, not to delete blindly.",
}
SINGLE = (Issue.FLAT, Issue.NO_FACE)
"""Issues of single images, not of groups."""


def show(dataset: Dataset | None) -> None:
    """What the bytes say at once; beneath, what the audit found."""
    with frame.error_box():
        audit = dataset_parts.audit_of(dataset)
        if audit is None:
            _copies(dataset_parts.copies_of(dataset), dataset)
            frame.empty_state(
                "These images have not been audited yet",
                "Near copies, empty images and images without a face take minutes to find.",
                "Look through them, then reload this page:",
                command=COMMAND,
            )
            return
        _facts(audit, dataset)
        _findings(audit, dataset)


def _copies(copies: Copies, dataset: Dataset | None) -> None:
    """What byte-identical images do to the figures of this data set."""
    st.markdown(f"""
- **Copies.** {copies.groups:,} groups of byte-identical images, {copies.copied_images:,} images.
- **Copies across the split.** {copies.leaking_groups:,} of the groups stand in both train and
  test: {copies.leaked_test_images:,} test images can be seen in training, which flatters
  accuracy.
- **An optimistic validation.** {copies.leaked_validation_images:,} validation images have an
  identical copy in the part that is trained on.
- **Contradicting labels.** {copies.conflicting_groups:,} groups of identical images carry
  different labels.
""")
    where = "of the published data set" if dataset is None else "on this machine"
    st.caption(f"Counted by comparing the bytes of all {copies.images:,} images {where}.")


def _facts(audit: Audit, dataset: Dataset | None) -> None:
    """The counts as a table, and how they were found."""
    facts = audit.facts
    rows = []
    for issue in Issue:
        if issue is Issue.NO_FACE and not facts.detector:
            continue
        groups, images, test = audit.count(issue)
        grouped = issue not in SINGLE
        rows.append(
            {
                "what": issue.value,
                "groups": f"{groups:,}" if grouped else "",
                "images": images,
                "test": test,
            }
        )
    number = st.column_config.NumberColumn
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height="content",
        width="content",
        key="audit-table",
        alt="Groups and images of each finding of the audit",
        column_config={
            "what": st.column_config.TextColumn("what", pinned=True, width=200),
            "groups": st.column_config.TextColumn("groups", alignment="right", width=80),
            "images": number("images", format="localized", width=80),
            "test": number("of them test", format="localized", width=100),
        },
    )
    copies = dataset_parts.copies_of(dataset)
    detector = (
        f"Faces by {facts.detector} at a confidence of at least {facts.face_confidence:g}."
        if facts.detector == "YuNet"
        else f"Faces by the {facts.detector}, which misses many."
        if facts.detector
        else "Faces were not looked for."
    )
    st.caption(
        f"All {facts.images:,} images. {copies.leaked_validation_images:,} validation images of "
        "the report's split have an identical copy in the part that is trained on. Near copies: "
        f"perceptual hashes that differ in at most {facts.near_bits} of 144 bits. Nearly empty: "
        f"grays with a standard deviation below {facts.flat_below:g} of 255. {detector} "
        f"Made by `{COMMAND}`."
    )


@st.fragment
def _findings(audit: Audit, dataset: Dataset | None) -> None:
    """One finding: its lists to download, and its images."""
    issues = [i for i in Issue if i is not Issue.NO_FACE or audit.facts.detector]
    chosen_issue = st.selectbox(
        "Finding",
        [issue.value for issue in issues],
        index=1,
        key="finding",
        bind="query-params",
        width=280,
        on_change=_first_page,
    )
    issue = Issue(chosen_issue)
    st.markdown(MEANINGS[issue])
    rows = audit.of(issue)
    if not len(rows):
        st.caption("There is none.")
        return
    name = issue.value.replace(" ", "-")
    with st.container(horizontal=True):
        downloads.csv_button(rows, "Download list (CSV)", f"audit-{name}.csv", "audit-csv")
        left_out = audit.to_exclude(issue)
        downloads.csv_button(
            left_out,
            f"Download exclude list ({len(left_out):,} training images)",
            f"exclude-{name}.csv",
            "audit-exclude",
        )
    st.caption(
        "The exclude list is for `python -m fer_core train --exclude-list FILE`. Of mere copies "
        "it leaves one in; test images are never left out."
    )
    if dataset is None:
        st.caption("The images are not on this machine, so their files are named.")
        st.dataframe(
            rows, hide_index=True, height=420, key="audit-rows", alt=f"Files: {issue.value}"
        )
        return
    _pictures(dataset, rows, issue)


def _first_page() -> None:
    st.session_state[PAGE_KEY] = 1


def _pictures(dataset: Dataset, rows: pd.DataFrame, issue: Issue) -> None:
    """A page of groups, or of single images, each to be chosen for its details."""
    single = issue in SINGLE
    units = rows["path"].tolist() if single else rows["group"].unique().tolist()
    size = SINGLES if single else GROUPS
    slot = st.container()
    pages = -(-len(units) // size)
    page = 1
    if pages > 1:
        page = st.pagination(pages, key=PAGE_KEY, max_visible_pages=5, bind="query-params")
    some = units[size * (page - 1) : size * page]
    column = "path" if single else "group"
    shown = rows[rows[column].isin(some)]
    pixels = pixels_of(dataset, shown["path"].tolist())
    kind = ("image" if single else "group") + ("s" if len(units) > 1 else "")
    chosen = None
    with slot:
        first = size * (page - 1) + 1
        st.markdown(f"**{len(units):,} {kind}**; {first:,}–{first + len(some) - 1:,} shown")
        parts = [shown] if single else [part for _, part in shown.groupby("group", sort=False)]
        for number, part in enumerate(parts):
            cards = list(_cards(part if single else part.head(MOST_OF_GROUP), pixels))
            chosen = gallery.choose(cards, f"audit-{number}") or chosen
            if not single and len(part) > MOST_OF_GROUP:
                st.caption(f"and {len(part) - MOST_OF_GROUP:,} more like these")
    if chosen is not None:
        image_dialog.show(dataset, chosen)


def _cards(rows: pd.DataFrame, pixels: dict) -> Iterator[Card]:
    for row in rows.to_dict("records"):
        path = row["path"]
        yield Card(
            path,
            pixels[path],
            f"{row['label']} {row['split']} {path.rpartition('/')[2]}",
            f"Image {path}, labelled {row['label']}",
        )
