"""Every image of the data set, filtered and sorted."""

from typing import Any

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.data.browse import (
    BRIGHTEST,
    STRONGEST,
    Order,
    Place,
    Wanted,
    has_halves,
    select,
    sort,
)
from fer_core.data.fer2013 import Dataset
from pages.parts.dataset import loading
from pages.parts.shared import cached, choices, frame, gallery, image_facts, tables

ALL_CLASSES = "all classes"
PAGE = 24
PAGE_KEY = "samples-page"
_FILTER = choices.filters(PAGE_KEY)
_AT_FIRST: dict[str, Any] = {
    "part": Place.ALL.value,
    "class": ALL_CLASSES,
    "file": None,
    "brightness": (0, BRIGHTEST),
    "contrast": (0, STRONGEST),
    "copies": False,
    "sort": Order.FILE.value,
    "descending": False,
    PAGE_KEY: 1,
}
"""What the controls say until somebody uses them, by key."""
_WHY_LAST = {
    Order.RUNS: "Images that fewer than two runs were asked about come last.",
    Order.VOTES: "Images that FER+ has no votes for come last.",
}


def show(dataset: Dataset | None) -> None:
    """The filters, and the images that pass them; where there are none, how to get them."""
    if dataset is None:
        loading.show_missing("Without them there are no samples to show.")
    else:
        _show(dataset)


@frame.fragment
def _show(dataset: Dataset) -> None:
    wanted, order, descending = _ask(dataset)
    found = select(image_facts.sortable(dataset, order), wanted)
    found = sort(found, order, descending=descending)
    kind = "drawn face" if dataset.synthetic else "image"
    if not len(found):
        st.markdown(f"**No {kind}s match these filters.** Widen one, or reset them all.")
        return
    counted = formats.counted(len(found), kind)
    with choices.part_of(len(found), PAGE, key=PAGE_KEY) as part:
        st.markdown(f"**{counted}**; {part.words}. {_why_last(dataset, order)}")
        rows = found.iloc[part.rows]
        gallery.show(
            dataset,
            rows["path"].tolist(),
            _captions(rows, order),
            key="samples",
            among=found["path"].tolist(),
            title="Sample",
        )
    tables.csv_button(found.drop(columns=["group"]), "list", "images", "samples-csv")


def _why_last(dataset: Dataset, order: Order) -> str:
    """Which images the order has nothing to say of."""
    if order in (Order.CONFIDENCE, Order.RUNS):
        asked, default = image_facts.answers(dataset)[0].run_ids, cached.default_run()
        if not asked:
            return image_facts.NO_RUN
        if order is Order.CONFIDENCE and (default is None or default.run_id not in asked):
            return "The default model was trained on another data set, so it has no answer here."
        if order is Order.CONFIDENCE:
            return f"Images that {default.run_id} was trained on have no answer and come last."
    return _WHY_LAST.get(order, "Click one to open it.")


def _captions(rows: pd.DataFrame, order: Order) -> list[str]:
    """The file of each image and, where that is no part of its name, what it is sorted by."""
    write = {
        Order.CONFIDENCE: lambda row: f"{row.answer} {formats.percent(row.confidence)}".strip(),
        Order.RUNS: lambda row: f"{formats.percent(row.runs)} disagree",
        Order.VOTES: lambda row: f"{formats.percent(row.votes)} disagree",
        Order.BRIGHTNESS: lambda row: f"mean gray {row.brightness:.0f}",
        Order.CONTRAST: lambda row: f"deviation {row.contrast:.0f}",
    }.get(order, lambda row: "")
    return [f"{gallery.caption(row.path)}\n{write(row)}".strip() for row in rows.itertuples()]


def _ask(dataset: Dataset) -> tuple[Wanted, Order, bool]:
    """What to show, by what to sort and whether downwards; a change goes to the first page."""
    unknown = () if has_halves(dataset) else (Place.PUBLIC, Place.PRIVATE)
    places = [place.value for place in Place if place not in unknown]
    orders = image_facts.orders(dataset)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        place = st.selectbox("Part", places, key="part", width=118, **_FILTER)
        label = st.selectbox(
            "Class", [ALL_CLASSES, *CLASS_NAMES], key="class", width=120, **_FILTER
        )
        number = choices.whole_number(
            "File number",
            0,
            None,
            key="file",
            width=104,
            placeholder="any",
            **_FILTER,
        )
        with st.popover("More", width=80):
            brightness = _range("Brightness (mean gray)", "brightness", BRIGHTEST)
            contrast = _range("Contrast (standard deviation)", "contrast", STRONGEST)
            copies_only = st.toggle("Identical copies only", key="copies", **_FILTER)
        order = st.selectbox(
            "Sort by", [order.value for order in orders], key="sort", width=150, **_FILTER
        )
        descending = st.toggle("Descending", key="descending", width=106, **_FILTER)
        st.button("Reset filters", on_click=_reset)
    wanted = Wanted(
        place=Place(place),
        label=None if label == ALL_CLASSES else label,
        number=number,
        brightness=brightness,
        contrast=contrast,
        copies_only=copies_only,
    )
    return wanted, Order(order), descending


def _range(label: str, key: str, most: int) -> tuple[int, int]:
    return st.slider(label, 0, most, (0, most), key=key, **_FILTER)


def _reset() -> None:
    st.session_state.update(_AT_FIRST)
