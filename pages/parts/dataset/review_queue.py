"""Which faces are reviewed, in which order, and which one is open."""

import pandas as pd
import streamlit as st

from fer_core.classes import CLASS_NAMES
from fer_core.data.fer2013 import Dataset
from fer_core.data.ferplus import Votes
from fer_core.data.label_review import Review
from fer_core.data.layout import Split
from fer_core.quality.label_report import LabelQuality
from fer_core.quality.label_review import Suspicions, suspicions
from fer_core.runs.store import Run
from pages.parts.shared import cached, choices, image_facts, review_store
from pages.parts.shared.review_link import JUMP

ANY = "any class"
_AT = "review-at"
_FOLDERS: dict[str, Split] = {"training": "train", "test": "test"}


def choose(dataset: Dataset) -> tuple[Suspicions, pd.DataFrame]:
    """The suspicions of the chosen folder, and those that pass the filters.

    A face that the visitor comes from another list to review brings its folder along.
    """
    if jump := st.session_state.get(JUMP):
        split = jump.split("/")[0]
        st.session_state["review-part"] = next(k for k, v in _FOLDERS.items() if v == split)
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        folder = choices.one_of("Folder", list(_FOLDERS), "review-part", format_func=str.capitalize)
        label = st.selectbox(
            "Label", [ANY, *CLASS_NAMES], key="review-class", width=150, bind="query-params"
        )
        least = st.slider(
            "Suspicion at least",
            50,
            100,
            50,
            format="%d %%",
            key="review-least",
            width=220,
            bind="query-params",
            help="How far another class is ahead of the label: at 50 % both are alike, at 100 % "
            "nothing speaks for the label.",
        )
    found = _suspicions(dataset, _FOLDERS[folder])
    return found, found.select(None if label == ANY else label, least / 100)


def _suspicions(dataset: Dataset, split: Split) -> Suspicions:
    quality = image_facts.label_quality(dataset) if split == "train" else None
    votes = None if quality is not None else image_facts.votes(dataset.fingerprint)
    run = None if quality is not None or votes is not None else _run_of(dataset)
    return _found(dataset, split, quality, votes, run)


def _run_of(dataset: Dataset) -> Run | None:
    """The app's default run or, where that was made with other images, the latest of these."""
    default = cached.default_run()
    runs = [default, *cached.runs()] if default is not None else cached.runs()
    return next(
        (
            run
            for run in runs
            if run.config.data_fingerprint == dataset.fingerprint and run.has_predictions()
        ),
        None,
    )


@st.cache_resource(
    show_spinner=False,
    max_entries=4,
    hash_funcs={**image_facts.BY_IMAGES, **cached.BY_RUN, LabelQuality: id, Votes: id},
)
def _found(
    dataset: Dataset,
    split: Split,
    quality: LabelQuality | None,
    votes: Votes | None,
    run: Run | None,
) -> Suspicions:
    predictions = None if run is None else cached.predictions(run)
    return suspicions(dataset, split, quality, votes, predictions)


def current(paths: list[str], review: Review, dataset: Dataset) -> str | None:
    """The face to show: one that was asked for, else the last one, else the first to review."""
    if jump := st.session_state.pop(JUMP, None):
        go_to(jump, asked_for=True)
    at, asked_for = st.session_state.get(_AT, (None, False))
    known = review_store.owners_file(dataset).known
    if at is not None and (at in paths or (asked_for and at in known)):
        return str(at)
    first = next((path for path in paths if path not in review.rulings), None)
    go_to(first)
    return first


def following(paths: list[str], path: str, review: Review) -> str | None:
    """The next face without a decision, after `path` and then from the beginning; where all have
    one, as when they are gone through again, the next of the list.
    """
    place = paths.index(path) + 1 if path in paths else 0
    ordered = [*paths[place:], *paths[:place]]
    open_one = next((p for p in ordered if p != path and p not in review.rulings), None)
    is_again = open_one is None and path in paths and path in review.rulings
    return next(iter(paths[place:]), None) if is_again else open_one


def go_to(path: str | None, *, asked_for: bool = False) -> None:
    """Opens the face `path` at the next run; one that was `asked_for` whatever the filters say."""
    st.session_state[_AT] = (path, asked_for)
