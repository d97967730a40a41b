"""Labels that look wrong: given, suggested and FER+'s side by side, most suspicious first."""

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.data.browse import has_halves
from fer_core.data.fer2013 import Dataset
from fer_core.quality.label_report import Agreement, LabelQuality, QualityFacts
from pages.parts.shared import choices, fetching, figures, frame, gallery, image_facts, tables
from pages.parts.shared.figures import Figure

COMMAND = "python -m fer_core data label-quality --preset hog-svm --folds 5"
ANY = "any"
PAGE = 24
PAGE_KEY = "labels-page"
_FILTER = choices.filters(PAGE_KEY)


def show(dataset: Dataset | None) -> None:
    """How far the list can be trusted, then the list."""
    quality = image_facts.label_quality(dataset)
    if quality is None:
        frame.empty_state(
            "These labels have not been checked yet",
            "It takes minutes: a model is trained for each fold, and judges the images that "
            "it has not seen.",
            "Check them, then reload this page:",
            command=COMMAND,
        )
        return
    told = "Labels that a model finds unlikely, most suspicious first."
    if quality.facts.agreement is not None:
        told += " FER+ labelled the same images again, by ten people each."
    st.markdown(told)
    if quality.facts.agreement is not None:
        with st.container(key="labels-agreement"):
            _show_agreement(quality.facts.agreement)
    _show_list(quality, dataset)
    _show_method(quality.facts, len(quality.rows), dataset)


def _show_agreement(judged: Agreement) -> None:
    """What FER+ says to the head of the list."""
    of_all = f"of {judged.judged}"
    missing = f"{judged.judged - judged.with_majority} {of_all}"
    figures.show(
        [
            Figure(
                "Confirmed by FER+",
                formats.percent(judged.precision),
                "",
                f"In the first {judged.judged}, its majority is another class than the label.",
            ),
            Figure(
                "By chance",
                formats.percent(judged.random_precision),
                "",
                "The same share among all training images.",
            ),
            Figure(
                "Same class as FER+",
                f"{judged.suggested_right} {of_all}",
                "",
                "The suggested label is FER+'s majority.",
            ),
            Figure(
                "No FER+ majority",
                missing,
                "",
                "No class has more than half of the votes (single votes left out). Not counted as "
                "agreeing.",
            ),
        ],
        key="label-figures",
    )


def _show_method(facts: QualityFacts, kept_rows: int, dataset: Dataset | None) -> None:
    setting = f" with {facts.setting}" if facts.setting else ""
    checked = "FER+ was not used to make the list; it checks it."
    if facts.agreement is None:
        is_published = dataset is None or has_halves(dataset)
        where = "not on this machine" if is_published else "for the published images only"
        checked = f"FER+'s votes are {where}, so the list is not checked."
    st.caption(
        f"Confident learning (Northcutt et al. 2021) on {facts.images:,} training images, each "
        f"scored by {facts.model}{setting} trained on the other {facts.folds - 1} of "
        f"{facts.folds} folds; identical images share a fold. The given label has the highest "
        f"score on {formats.percent(facts.accuracy)} of the images. {facts.suspicious:,} labels "
        f"are flagged, the {kept_rows:,} most suspicious are listed. {checked}"
    )


@frame.fragment
def _show_list(quality: LabelQuality, dataset: Dataset | None) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        given = _choose_class("Given label", key="given")
        suggested = _choose_class("Suggested label", key="suggested")
        with_votes = quality.facts.agreement is not None
        confirmed = with_votes and st.toggle(
            "FER+ majority is not the given label", key="confirmed", **_FILTER
        )
    rows = quality.select(given=given, suggested=suggested, confirmed=confirmed)
    with st.container(horizontal=True):
        tables.csv_button(rows, "list", "suspicious-labels", "labels-csv")
        tables.csv_button(
            rows[["path"]],
            f"exclude list of {len(rows):,} training images",
            "exclude-suspicious-labels",
            "labels-exclude",
        )
    if not len(rows):
        st.caption("No listed image matches these filters.")
        return
    if dataset is not None:
        _show_images(dataset, rows, with_votes=with_votes)
    else:
        st.caption("The images are not on this machine, so only their file names are shown.")
        fetching.tell_state()
    _show_table(rows, opened=dataset is None, with_votes=with_votes)


def _choose_class(label: str, *, key: str) -> str | None:
    chosen = st.selectbox(label, [ANY, *CLASS_NAMES], key=key, width=160, **_FILTER)
    return None if chosen == ANY else chosen


def _show_images(dataset: Dataset, rows: pd.DataFrame, *, with_votes: bool) -> None:
    """A page of the list as pictures."""
    with choices.part_of(len(rows), PAGE, key=PAGE_KEY) as part:
        count = formats.counted(len(rows), "suspicious label")
        st.markdown(f"**{count}**, worst first; {part.words}")
        shown = rows.iloc[part.rows]
        captions = [
            f"given {row.given}, suggested {row.suggested}"
            + (f", FER+ {row.ferplus or 'undecided'}" if with_votes else "")
            for row in shown.itertuples()
        ]
        gallery.show(
            dataset,
            shown["path"].tolist(),
            captions,
            key="suspicious",
            among=rows["path"].tolist(),
            title="Suspicious label",
        )


def _show_table(rows: pd.DataFrame, *, opened: bool, with_votes: bool) -> None:
    """The list in figures, put together only when somebody opens the box."""
    box = st.expander("The list as a table", expanded=opened, key="labels-box", on_change="rerun")
    if not box.open:
        return
    votes = ["ferplus", "ferplus_given", "ferplus_suggested"]
    left_out = ["given"] if with_votes else ["given", *votes]
    with box:
        tables.grid(
            rows.assign(score=1 - rows["score"], ferplus=rows["ferplus"].replace("", None)).drop(
                columns=left_out
            ),
            {
                "path": "image",
                "score": tables.percent("suspicion", help="1 minus the normalized margin."),
                "p_given": tables.percent("P given", help="Probability of the given label."),
                "p_suggested": tables.percent(
                    "P suggested", help="Probability of the suggested label."
                ),
                "ferplus": "FER+",
                "ferplus_given": tables.percent(
                    "FER+ given", help="Share of FER+'s votes for the given label."
                ),
                "ferplus_suggested": tables.percent(
                    "FER+ suggested", help="Share of FER+'s votes for the suggested label."
                ),
            },
            key="labels-table",
            alt="Suspicious labels: given and suggested, with probabilities"
            f"{', and by FER+' if with_votes else ''}",
            shares=("score", "p_given", "p_suggested", *(votes[1:] if with_votes else ())),
            height=420 if len(rows) > 10 else "content",
        )
