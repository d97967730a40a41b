"""Whether a training uses the owner's label review."""

import streamlit as st

from fer_core import formats, paths
from fer_core.data.label_review import Decision, Review
from fer_core.errors import DataError
from fer_core.jobs.base import DataSource
from fer_core.models.temporal import TEMPORAL
from pages.parts.shared import cached, review_store


def choose(preset: str, data: DataSource, *, unlocked: bool) -> Review | None:
    """Draws the choice with what the review changes; the review, where it is to be used."""
    review, why = _found(preset, data, unlocked=unlocked)
    use = st.toggle(
        "Train on reviewed labels",
        key="train-label-review",
        persist_state="session",
        disabled=review is None,
        help="Training and validation images get the labels decided on the Dataset page's Review "
        "tab. Test labels never change.",
    )
    st.caption(why)
    return review if use else None


def _found(preset: str, data: DataSource, *, unlocked: bool) -> tuple[Review | None, str]:
    """The owner's review, and what it changes; or None and why there is none to use."""
    none = "Nothing is relabelled or excluded yet: review labels on the Dataset page."
    if preset == TEMPORAL:
        return None, "A recurrent network is trained on the labels as published."
    if data is not DataSource.FER2013:
        return None, "A label review is of the data set's images."
    if not unlocked or not paths.label_review_file().exists() or not cached.has_data():
        return None, none
    try:
        review = review_store.read(cached.dataset())
    except DataError as exc:
        return None, f"The label review cannot be used. {exc}"
    relabelled, excluded = map(review.count, (Decision.RELABEL, Decision.EXCLUDE))
    if not relabelled + excluded:
        return None, none
    return review, (
        f"The review relabels {formats.counted(relabelled, 'image')} of the training folder and "
        f"excludes {excluded:,}."
    )
