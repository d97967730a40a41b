"""Test images with a run's answers, a page at a time; as a list where there are no images."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.data.fer2013 import Dataset
from fer_core.errors import DataError
from fer_core.evaluation.error_analysis import score_table
from fer_core.runs.store import Predictions, Run
from pages.parts.shared import cached, choices, fetching, gallery, navigation, tables
from pages.parts.shared.messages import as_written

PAGE = 12
_NO_IMAGES = "The images are not on this machine."
_OTHER_IMAGES = (
    "This run was trained on another data set than the one on this machine. Set FER_DATA_DIR to "
    "that one to see its images."
)


def show(
    run: Run,
    images: Predictions,
    *,
    title: str,
    name: str,
    key: str,
    notes: Sequence[str] | None = None,
    order: str = "most confident first",
    told: Mapping[str, str] | None = None,
) -> None:
    """Draws the images page by page under their count, and a button that saves the whole list.

    Args:
        run: whose probabilities these are.
        images: in the order to show.
        title: what they are, as `happy faces taken for sad`.
        name: of the CSV file, without its ending; tells one list of images from another.
        key: unique on the page.
        notes: a further line under each image.
        order: that order in words.
        told: further columns of the CSV file, of one value each.
    """
    if not len(images):
        st.caption(f"No {title} among these test images.")
        return
    table = score_table(images)
    if notes is not None:
        table.insert(3, "note", list(notes))
    dataset, reason = dataset_of(run)
    if dataset is None:
        st.markdown(f"**{len(images):,} {title}**, {order}.")
        tell_missing(reason)
        shares = ["confidence", *CLASS_NAMES]
        tables.grid(
            table,
            {"path": "path", **{name: tables.percent(name, width=84) for name in shares}},
            key=f"{key}_list",
            alt=f"File names and probabilities of {title}",
            shares=shares,
            height=420 if len(table) > 10 else "content",
        )
    else:
        # The name is part of the key: other images begin at their first page.
        with choices.part_of(len(table), PAGE, key=f"{key}-{name}", in_address=False) as part:
            found = f"**{len(table):,} {title}**, {order}; {part.words}."
            st.markdown(found)
            rows = table.iloc[part.rows]
            gallery.show(
                dataset,
                rows["path"].tolist(),
                [_caption(row) for _, row in rows.iterrows()],
                key=key,
                among=table["path"].tolist(),
                run=run,
                title=title[:1].upper() + title[1:],
            )
    tables.csv_button(table.assign(**(told or {})), "list", name, f"{key}_csv")


def tell_missing(reason: str) -> None:
    """Says why no image is shown, as `dataset_of` has it, and where to get them."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(as_written(reason), width="content")
        if reason == _NO_IMAGES:
            st.page_link(navigation.DATASET, label="Get the data set", icon=":material/download:")
    fetching.tell_state()


def dataset_of(run: Run) -> tuple[Dataset | None, str]:
    """The data set that the run was made with, or why it cannot be shown."""
    if not cached.has_data():
        return None, _NO_IMAGES
    try:
        dataset = read_dataset()
    except DataError as exc:
        return None, str(exc)
    if dataset.fingerprint != run.config.data_fingerprint:
        return None, _OTHER_IMAGES
    return dataset, ""


def read_dataset() -> Dataset:
    """The data set of this machine; says that it is read, as the first time decodes all images.

    Raises:
        DataError: it cannot be read.
    """
    with st.spinner("Reading the data set; the first time on a machine takes a minute"):
        return cached.dataset()


def _caption(row: "pd.Series") -> str:
    """The answer with its confidence, then the label."""
    lines = [f"{row['predicted']} {formats.percent(row['confidence'])}", f"label: {row['true']}"]
    if "note" in row:
        lines.append(row["note"])
    return "\n".join(lines)
