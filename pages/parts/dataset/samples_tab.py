"""Every image of the data set, by part, class, file, brightness, contrast and copies."""

from typing import Any

import streamlit as st

from fer_core.classes import CLASS_NAMES
from fer_core.data.browse import BRIGHTEST, STRONGEST, Place, Wanted, select
from fer_core.data.fer2013 import Dataset
from pages.parts.dataset import image_gallery, kept
from pages.parts.shared import downloads, paging

ALL_CLASSES = "all classes"
PAGE = 24
PAGE_KEY = "samples-page"
_FILTER: dict[str, Any] = {
    "bind": "query-params",
    "on_change": paging.go_to_first,
    "args": (PAGE_KEY,),
}


@st.fragment
def show(dataset: Dataset) -> None:
    """The filters, and the images that pass them."""
    found = select(kept.index(dataset), _wanted())
    kind = "drawn face" if dataset.synthetic else "image"
    with paging.part_of(len(found), PAGE, key=PAGE_KEY) as part:
        st.markdown(
            f"**{len(found):,} {kind}{'' if len(found) == 1 else 's'}**; {part.words}. Choose one "
            "to see its votes, predictions and copies."
            if len(found)
            else f"**No {kind}s match these filters.** Widen a range or choose another part."
        )
        paths = found["path"].iloc[part.rows].tolist()
        image_gallery.show(dataset, paths, map(image_gallery.caption, paths), key="samples")
    downloads.csv_button(
        found.drop(columns=["group"]), "Download list (CSV)", "images.csv", "samples-csv"
    )


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
        brightness = st.slider(
            "Brightness (mean gray)",
            0,
            BRIGHTEST,
            (0, BRIGHTEST),
            key="brightness",
            width=190,
            **_FILTER,
        )
        contrast = st.slider(
            "Contrast (standard deviation)",
            0,
            STRONGEST,
            (0, STRONGEST),
            key="contrast",
            width=190,
            **_FILTER,
        )
        copies_only = st.toggle("Identical copies only", key="copies", **_FILTER)
    return Wanted(
        place=Place(place),
        label=None if label == ALL_CLASSES else label,
        number=None if number is None else int(number),
        brightness=brightness,
        contrast=contrast,
        copies_only=copies_only,
    )
