"""How the classes are balanced, and what their images look like: samples, means, grays."""

from functools import partial

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.data.balance import PARTS, imbalance
from fer_core.data.browse import Place, gray_table, pick
from fer_core.data.fer2013 import Dataset
from fer_core.plots.balance import histogram
from pages.parts.dataset import kept, loading
from pages.parts.shared import charts, choices, faces, frame, gallery, tables

SAMPLES_SHOWN = 21
_TITLES = {"train": "Training", "validation": "Validation", "test": "Test"}
_COUNT = partial(tables.number, format="localized")
COLUMNS = {
    "class": "Class",
    **{part: _COUNT(_TITLES[part]) for part in PARTS},
    "public_test": _COUNT("PublicTest"),
    "private_test": _COUNT("PrivateTest"),
    **{f"{part}_share": tables.percent(f"{_TITLES[part]} share") for part in PARTS},
    "weight": tables.number(
        "Class weight",
        format="%.3f",
        help="Training images over seven times the images of the class.",
    ),
}


def show(dataset: Dataset | None) -> None:
    """The bars and their table; beneath, where there are images, samples and class means."""
    unit = choices.one_of("Show", ["counts", "shares"], "unit", format_func=str.capitalize)
    table = kept.balance(dataset)
    with st.container(key="balance-bars"):
        _show_bars(table, shares=unit == "shares")
    _show_table(table)
    if dataset is None:
        loading.show_missing("The figures above are the published counts.")
    else:
        _show_samples(dataset)
        _show_means_and_grays(dataset)
        loading.show_skipped(dataset)


def _show_bars(table: pd.DataFrame, shares: bool) -> None:
    """The bars of each part side by side, in class order with their values at the ends."""
    for column, part in zip(st.columns(3, gap="medium"), PARTS, strict=True):
        counts, parts = table[part].map(formats.count), table[f"{part}_share"].map(formats.percent)
        with column:
            charts.class_bars(
                (table[part] / max(table[part].max(), 1)).tolist(),
                parts if shares else counts,
                caption=f"{_TITLES[part]}, {table[part].sum():,} images",
                note=_imbalance(table, part),
                hints=counts + " images, " + parts,
            )


def _imbalance(table: pd.DataFrame, part: str) -> str:
    """How unlike the classes of a part are, in a few words."""
    missing = table["class"][table[part] == 0].tolist()
    if missing:
        return "no image" if len(missing) == len(table) else f"no image of {', '.join(missing)}"
    most, least, ratio = imbalance(table, part)
    if ratio == 1:
        return "all classes alike"
    times = f"{ratio:.1f}"
    many = "about as many" if times == "1.0" else f"{times} times as many"
    return f"{many} {most} as {least}"


@frame.fragment
def _show_table(table: pd.DataFrame) -> None:
    """Every figure, put together only when somebody opens the box."""
    box = st.expander(
        "Counts, shares and class weights as a table", key="balance-table", on_change="rerun"
    )
    if not box.open:
        return
    if not table["private_test"].any():  # other images than FER2013's, which has those halves
        table = table.drop(columns=["public_test", "private_test"])
    with box:
        tables.grid(
            table,
            COLUMNS,
            key="balance-figures",
            alt="Counts, shares and class weights of the seven classes",
            shares=[f"{part}_share" for part in PARTS],
            column_order=[name for name in COLUMNS if name in table],
        )
        tables.csv_button(table, "table", "class_balance", "balance-csv")


def _other_samples() -> None:
    st.session_state["seed"] = st.session_state.get("seed", 0) + 1


@frame.fragment
def _show_samples(dataset: Dataset) -> None:
    """Three training images of each class; others on request, the same for the same seed."""
    kind = " (drawn faces)" if dataset.synthetic else ""
    st.subheader(f"Training samples{kind}", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        seed = choices.whole_number(
            "Seed",
            0,
            1_000_000,
            key="seed",
            value=0,
            width=130,
            help="The same seed shows the same samples.",
        )
        st.button("Other samples", on_click=_other_samples)
    picked = pick(dataset, Place.TRAIN, SAMPLES_SHOWN, label=None, seed=seed or 0)
    names = [CLASS_NAMES[label] for label in picked.labels]
    gallery.show(dataset, picked.paths.tolist(), names, key="balance", title="Sample")


@frame.fragment
def _show_means_and_grays(dataset: Dataset) -> None:
    """Mean face and grays of each class, worked out only when somebody opens the box."""
    box = st.expander(
        "Mean face and pixel histogram of each class", key="class-looks", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        means, shares = kept.means_and_grays(dataset)
        st.markdown("**Mean face of each class**, over all images of the training folder")
        faces.sample_grid(
            means, CLASS_NAMES, [f"Mean of the images labelled {name}" for name in CLASS_NAMES]
        )
        charts.show(
            histogram(shares),
            "How common each gray is in the training images of the seven classes; the CSV "
            "beneath has the shares.",
            key="gray-histogram",
        )
        tables.csv_button(gray_table(shares), "histogram", "grays", "grays-csv")
