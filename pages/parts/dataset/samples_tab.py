"""Every image of the data set, by part, class, file, brightness, contrast and copies."""

import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.data.browse import BRIGHTEST, STRONGEST, Place, Wanted, select
from fer_core.data.fer2013 import Dataset
from pages.parts.dataset import loading
from pages.parts.shared import choices, gallery, image_facts, tables

ALL_CLASSES = "all classes"
PAGE = 24
PAGE_KEY = "samples-page"
_FILTER = choices.filters(PAGE_KEY)


def show(dataset: Dataset | None) -> None:
    """The filters, and the images that pass them; where there are none, how to get them."""
    if dataset is None:
        loading.show_missing("Without them there are no samples to show.")
    else:
        _show(dataset)


@st.fragment
def _show(dataset: Dataset) -> None:
    found = select(image_facts.index(dataset), _wanted())
    kind = "drawn face" if dataset.synthetic else "image"
    counted = formats.counted(len(found), kind)
    with choices.part_of(len(found), PAGE, key=PAGE_KEY) as part:
        st.markdown(
            f"**{counted}**; {part.words}. Choose one to see its votes, predictions and copies."
            if len(found)
            else f"**No {kind}s match these filters.** Widen a range or choose another part."
        )
        paths = found["path"].iloc[part.rows].tolist()
        gallery.show(
            dataset, paths, map(gallery.caption, paths), key="samples", among=found["path"].tolist()
        )
    tables.csv_button(found.drop(columns=["group"]), "list", "images", "samples-csv")


def _wanted() -> Wanted:
    """What the controls ask for; a change goes back to the first page."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        place = st.selectbox(
            "Part", [place.value for place in Place], key="part", width=150, **_FILTER
        )
        label = st.selectbox(
            "Class", [ALL_CLASSES, *CLASS_NAMES], key="class", width=150, **_FILTER
        )
        number = st.number_input(
            "File number",
            min_value=0.0,
            max_value=1e6,
            value=None,
            step=1.0,
            format="%.0f",
            key="file",
            width=130,
            placeholder="any",
            **_FILTER,
        )
        brightness = _range("Brightness (mean gray)", "brightness", BRIGHTEST)
        contrast = _range("Contrast (standard deviation)", "contrast", STRONGEST)
        copies_only = st.toggle("Identical copies only", key="copies", **_FILTER)
    return Wanted(
        place=Place(place),
        label=None if label == ALL_CLASSES else label,
        number=None if number is None else int(number),
        brightness=brightness,
        contrast=contrast,
        copies_only=copies_only,
    )


def _range(label: str, key: str, most: int) -> tuple[int, int]:
    return st.slider(label, 0, most, (0, most), key=key, width=190, **_FILTER)
