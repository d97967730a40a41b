"""Labels that look wrong: given, suggested and FER+'s side by side, worst first."""

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.data.browse import pixels_of
from fer_core.data.fer2013 import Dataset
from fer_core.quality.label_report import LabelQuality, QualityFacts
from pages.parts.dataset import dataset_parts, image_dialog
from pages.parts.shared import downloads, frame, gallery
from pages.parts.shared.gallery import Card

COMMAND = "python -m fer_core data label-quality --preset hog-svm --folds 5"
ANY = "any"
PAGE = 24
PAGE_KEY = "labels-page"


def show(dataset: Dataset | None) -> None:
    """How far the list can be trusted, then the list."""
    with frame.error_box():
        quality = dataset_parts.quality_of(dataset)
        if quality is None:
            frame.empty_state(
                "Nobody has looked for wrong labels in these images yet",
                "It takes minutes: a model is trained for each fold, and judges the images that "
                "it has not seen.",
                "Look for them, then reload this page:",
                command=COMMAND,
            )
            return
        _facts(quality.facts, len(quality.rows))
        _list(quality, dataset)


def _facts(facts: QualityFacts, kept: int) -> None:
    """What was done, and what FER+ says to the head of the list."""
    judged = facts.agreement
    if judged is not None:
        with frame.figure_row():
            st.metric(
                f"Precision at {judged.judged}",
                formats.percent(judged.precision),
                help="Share of the most suspicious images for which FER+'s majority names "
                "another class than the label.",
                border=True,
            )
            st.metric(
                "Blind picks",
                formats.percent(judged.blind_precision),
                help="The same share of all training images.",
                border=True,
            )
            st.metric(
                "Suggestion is FER+'s",
                f"{judged.suggested_right} of {judged.judged}",
                border=True,
            )
            st.metric(
                "No FER+ majority",
                f"{judged.judged - judged.with_majority} of {judged.judged}",
                help="They count as not confirmed.",
                border=True,
            )
    setting = f" with {facts.setting}" if facts.setting else ""
    st.caption(
        f"Confident learning (Northcutt et al. 2021) on {facts.images:,} training images, each "
        f"scored by {facts.model}{setting} trained on the other {facts.folds - 1} of "
        f"{facts.folds} folds; identical images share a fold. These scores put the given label "
        f"first for {formats.percent(facts.accuracy)} of the images. {facts.suspicious:,} labels "
        f"are flagged, the {kept:,} most suspicious are listed. "
        + (
            "FER+ chose nothing in the list; it is the check."
            if judged is not None
            else "FER+'s votes were not at hand, so nothing was checked."
        )
    )


@st.fragment
def _list(quality: LabelQuality, dataset: Dataset | None) -> None:
    rows = _filtered(quality)
    with st.container(horizontal=True):
        downloads.csv_button(rows, "Download list (CSV)", "suspicious-labels.csv", "labels-csv")
        downloads.csv_button(
            rows[["path"]],
            f"Download exclude list ({len(rows):,} training images)",
            "exclude-suspicious-labels.csv",
            "labels-exclude",
        )
    if not len(rows):
        st.caption("No listed image passes these filters.")
        return
    if dataset is not None:
        _pictures(dataset, rows)
    else:
        st.caption("The images are not on this machine, so their files are named.")
    _table(rows, opened=dataset is None)


def _filtered(quality: LabelQuality) -> pd.DataFrame:
    rows = quality.rows
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        given = _class_choice("Given label", key="given")
        suggested = _class_choice("Suggested label", key="suggested")
        confirmed = quality.facts.agreement is not None and st.toggle(
            "FER+ says another class than given",
            key="confirmed",
            bind="query-params",
            on_change=_first_page,
        )
    if given != ANY:
        rows = rows[rows["given"] == given]
    if suggested != ANY:
        rows = rows[rows["suggested"] == suggested]
    if confirmed:
        rows = rows[(rows["ferplus"] != "") & (rows["ferplus"] != rows["given"])]
    return rows


def _class_choice(label: str, *, key: str) -> str:
    chosen: str = st.selectbox(
        label,
        [ANY, *CLASS_NAMES],
        key=key,
        bind="query-params",
        width=160,
        on_change=_first_page,
    )
    return chosen


def _first_page() -> None:
    st.session_state[PAGE_KEY] = 1


def _pictures(dataset: Dataset, rows: pd.DataFrame) -> None:
    """A page of the list as pictures, each to be chosen for its details."""
    slot = st.container()
    pages = -(-len(rows) // PAGE)
    page = 1
    if pages > 1:
        page = st.pagination(pages, key=PAGE_KEY, max_visible_pages=5, bind="query-params")
    shown = rows.iloc[PAGE * (page - 1) : PAGE * page]
    pixels = pixels_of(dataset, shown["path"].tolist())
    cards = [
        Card(
            row["path"],
            pixels[row["path"]],
            f"given {row['given']}, suggested {row['suggested']}{_ferplus(row['ferplus'])}",
            f"Image {row['path']}",
        )
        for row in shown.to_dict("records")
        if row["path"] in pixels
    ]
    with slot:
        first = PAGE * (page - 1) + 1
        st.markdown(
            f"**{len(rows):,} suspicious label{'s' if len(rows) > 1 else ''}**, worst first; "
            f"{first:,}–{first + len(shown) - 1:,} shown"
        )
        chosen = gallery.choose(cards, "labels")
    if chosen is not None:
        image_dialog.show(dataset, chosen)


def _ferplus(name: str) -> str:
    return f", FER+ {name}" if name else ", FER+ undecided"


def _table(rows: pd.DataFrame, *, opened: bool) -> None:
    """The list in figures, put together only when somebody opens the box."""
    box = st.expander("The list as a table", expanded=opened, key="labels-box", on_change="rerun")
    if not box.open:
        return
    number = st.column_config.NumberColumn
    shares = ["p_given", "p_suggested", "ferplus_given", "ferplus_suggested"]
    with box:
        st.dataframe(
            rows.assign(**{name: 100 * rows[name] for name in shares}),
            hide_index=True,
            height=420 if len(rows) > 10 else "content",
            key="labels-table",
            alt="Suspicious labels: given, suggested and FER+'s, with probabilities",
            column_config={
                "path": st.column_config.TextColumn("image", pinned=True),
                "score": number("score", format="%.3f", help="Normalized margin, 0 to 1."),
                "p_given": number("given, probability", format="%.0f %%"),
                "p_suggested": number("suggested, probability", format="%.0f %%"),
                "ferplus": st.column_config.TextColumn("FER+ majority"),
                "ferplus_given": number("FER+ votes for given", format="%.0f %%"),
                "ferplus_suggested": number("FER+ votes for suggested", format="%.0f %%"),
            },
        )
