"""Labels that look wrong: given, suggested and FER+'s side by side, most suspicious first."""

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.data.fer2013 import Dataset
from fer_core.quality.label_report import Agreement, LabelQuality, QualityFacts
from pages.parts.dataset import image_gallery, kept
from pages.parts.shared import downloads, frame, paging, tables

COMMAND = "python -m fer_core data label-quality --preset hog-svm --folds 5"
ANY = "any"
PAGE = 24
PAGE_KEY = "labels-page"


def show(dataset: Dataset | None) -> None:
    """How far the list can be trusted, then the list."""
    with frame.error_box():
        quality = kept.label_quality(dataset)
        if quality is None:
            frame.empty_state(
                "These labels have not been checked yet",
                "It takes minutes: a model is trained for each fold, and judges the images that "
                "it has not seen.",
                "Check them, then reload this page:",
                command=COMMAND,
            )
            return
        if quality.facts.agreement is not None:
            _show_agreement(quality.facts.agreement)
        _show_method(quality.facts, len(quality.rows))
        _show_list(quality, dataset)


def _show_agreement(judged: Agreement) -> None:
    """What FER+ says to the head of the list."""
    of_all = f"of {judged.judged}"
    with frame.figure_row():
        st.metric(
            f"Precision at {judged.judged}",
            formats.percent(judged.precision),
            help="Share of the most suspicious images whose FER+ majority is another class than "
            "the label.",
            border=True,
        )
        st.metric(
            "Random baseline",
            formats.percent(judged.random_precision),
            help="The same share of all training images.",
            border=True,
        )
        st.metric("Suggestion is FER+'s", f"{judged.suggested_right} {of_all}", border=True)
        st.metric(
            "No FER+ majority",
            f"{judged.judged - judged.with_majority} {of_all}",
            help="They count as not confirmed.",
            border=True,
        )


def _show_method(facts: QualityFacts, kept_rows: int) -> None:
    setting = f" with {facts.setting}" if facts.setting else ""
    checked = (
        "FER+ was not used to make the list; it checks it."
        if facts.agreement is not None
        else "FER+'s votes are not on this machine, so the list is not checked."
    )
    st.caption(
        f"Confident learning (Northcutt et al. 2021) on {facts.images:,} training images, each "
        f"scored by {facts.model}{setting} trained on the other {facts.folds - 1} of "
        f"{facts.folds} folds; identical images share a fold. The given label has the highest "
        f"score on {formats.percent(facts.accuracy)} of the images. {facts.suspicious:,} labels "
        f"are flagged, the {kept_rows:,} most suspicious are listed. {checked}"
    )


@st.fragment
def _show_list(quality: LabelQuality, dataset: Dataset | None) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        given = _choose_class("Given label", key="given")
        suggested = _choose_class("Suggested label", key="suggested")
        confirmed = quality.facts.agreement is not None and st.toggle(
            "FER+ majority is not the given label",
            key="confirmed",
            bind="query-params",
            on_change=paging.go_to_first,
            args=(PAGE_KEY,),
        )
    rows = quality.select(given=given, suggested=suggested, confirmed=confirmed)
    with st.container(horizontal=True):
        downloads.csv_button(rows, "Download list (CSV)", "suspicious-labels.csv", "labels-csv")
        downloads.csv_button(
            rows[["path"]],
            f"Download exclude list ({len(rows):,} training images)",
            "exclude-suspicious-labels.csv",
            "labels-exclude",
        )
    if not len(rows):
        st.caption("No listed image matches these filters.")
        return
    if dataset is not None:
        _show_images(dataset, rows)
    else:
        st.caption("The images are not on this machine, so only their file names are shown.")
    _show_table(rows, opened=dataset is None)


def _choose_class(label: str, *, key: str) -> str | None:
    chosen = st.selectbox(
        label,
        [ANY, *CLASS_NAMES],
        key=key,
        bind="query-params",
        width=160,
        on_change=paging.go_to_first,
        args=(PAGE_KEY,),
    )
    return None if chosen == ANY else chosen


def _show_images(dataset: Dataset, rows: pd.DataFrame) -> None:
    """A page of the list as pictures."""
    with paging.part_of(len(rows), PAGE, key=PAGE_KEY) as part:
        plural = "s" if len(rows) > 1 else ""
        st.markdown(f"**{len(rows):,} suspicious label{plural}**, worst first; {part.words}")
        shown = rows.iloc[part.rows]
        captions = [
            f"given {row.given}, suggested {row.suggested}, FER+ {row.ferplus or 'undecided'}"
            for row in shown.itertuples()
        ]
        image_gallery.show(dataset, shown["path"].tolist(), captions, key="suspicious")


def _show_table(rows: pd.DataFrame, *, opened: bool) -> None:
    """The list in figures, put together only when somebody opens the box."""
    box = st.expander("The list as a table", expanded=opened, key="labels-box", on_change="rerun")
    if not box.open:
        return
    number = st.column_config.NumberColumn
    shares = ("p_given", "p_suggested", "ferplus_given", "ferplus_suggested")
    box.dataframe(
        tables.in_percent(rows, *shares),
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
