"""Every image of the data set, by part, class, file, brightness, contrast and copies."""

import pandas as pd
import streamlit as st

from fer_core.classes import CLASS_NAMES
from fer_core.data.browse import BRIGHTEST, STRONGEST, Place, Wanted, pixels_of, select
from fer_core.data.fer2013 import Dataset
from pages.parts.dataset import dataset_parts, image_dialog
from pages.parts.shared import downloads, gallery
from pages.parts.shared.gallery import Card

ALL_CLASSES = "all classes"
PAGE = 24
PAGE_KEY = "samples-page"


@st.fragment
def show(dataset: Dataset) -> None:
    """The filters, the images that pass them, and the dialog of the one that is chosen."""
    index = dataset_parts.index_of(dataset)
    found = select(index, _wanted())
    slot = st.container()
    pages = max(1, -(-len(found) // PAGE))
    with st.container(horizontal=True, vertical_alignment="center"):
        page = 1
        if pages > 1:
            page = st.pagination(pages, key=PAGE_KEY, max_visible_pages=5, bind="query-params")
        downloads.csv_button(
            found.drop(columns=["group"]), "Download list (CSV)", "images.csv", "samples-csv"
        )
    shown = found.iloc[PAGE * (page - 1) : PAGE * page]
    with slot:
        st.markdown(_headline(dataset, found, shown, page))
        chosen = gallery.choose(_cards(dataset, shown), "samples")
    if chosen is not None:
        image_dialog.show(dataset, chosen)


def _wanted() -> Wanted:
    """What the controls ask for; a change goes back to the first page."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        place = st.selectbox(
            "Part",
            [place.value for place in Place],
            key="part",
            bind="query-params",
            width=150,
            on_change=_first_page,
        )
        label = st.selectbox(
            "Class",
            [ALL_CLASSES, *CLASS_NAMES],
            key="class",
            bind="query-params",
            width=150,
            on_change=_first_page,
        )
        number = st.number_input(
            "File number",
            min_value=0.0,
            max_value=1e6,
            value=None,
            step=1.0,
            format="%.0f",
            key="file",
            bind="query-params",
            width=130,
            placeholder="any",
            on_change=_first_page,
        )
        brightness = st.slider(
            "Brightness (mean gray)",
            0,
            BRIGHTEST,
            (0, BRIGHTEST),
            key="brightness",
            bind="query-params",
            width=190,
            on_change=_first_page,
        )
        contrast = st.slider(
            "Contrast (deviation)",
            0,
            STRONGEST,
            (0, STRONGEST),
            key="contrast",
            bind="query-params",
            width=190,
            on_change=_first_page,
        )
        copies_only = st.toggle(
            "Identical copies only", key="copies", bind="query-params", on_change=_first_page
        )
    return Wanted(
        place=Place(place),
        label=None if label == ALL_CLASSES else label,
        number=None if number is None else int(number),
        brightness=brightness,
        contrast=contrast,
        copies_only=copies_only,
    )


def _first_page() -> None:
    st.session_state[PAGE_KEY] = 1


def _headline(dataset: Dataset, found: pd.DataFrame, shown: pd.DataFrame, page: int) -> str:
    kind = "drawn face" if dataset.synthetic else "image"
    if not len(found):
        return f"**No {kind}s pass these filters.** Widen a range or choose another part."
    if len(found) > 1:
        kind += "s"
    first = PAGE * (page - 1) + 1
    return (
        f"**{len(found):,} {kind}**; {first:,}–{first + len(shown) - 1:,} shown. Choose one to see "
        "its votes, predictions and copies."
    )


def _cards(dataset: Dataset, shown: pd.DataFrame) -> list[Card]:
    pixels = pixels_of(dataset, shown["path"].tolist())
    rows = shown.to_dict("records")
    return [
        Card(
            row["path"],
            pixels[row["path"]],
            f"{row['label']} {row['split']} {row['path'].rpartition('/')[2]}",
            f"{'Drawn face' if dataset.synthetic else 'Face'} labelled {row['label']}",
        )
        for row in rows
    ]
