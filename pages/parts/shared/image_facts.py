"""What is known of each image of the data set, kept in memory: for the viewer and the lists."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from fer_core import paths
from fer_core.data import browse
from fer_core.data.browse import Order
from fer_core.data.fer2013 import Dataset
from fer_core.data.ferplus import Votes, disagreement, load_votes
from fer_core.errors import RunError
from fer_core.evaluation.answers import Answers, collect
from fer_core.quality import audit_report, label_report
from fer_core.quality.audit_report import Audit
from fer_core.quality.label_report import LabelQuality
from fer_core.reference.images import FINGERPRINT
from fer_core.runs.store import Run
from pages.parts.shared import cached

BY_IMAGES = {Dataset: lambda dataset: dataset.fingerprint}
"""`hash_funcs` of a function that is kept by data set."""
NO_RUN = "No run here was trained on this data set."


# Read-only and shared: a copy of 36,000 rows at every rerun would cost more than the filter.
@st.cache_resource(show_spinner=False, max_entries=2, hash_funcs=BY_IMAGES)
def index(dataset: Dataset) -> pd.DataFrame:
    """Every image with what one may filter by (`browse.index_images`)."""
    return browse.index_images(dataset)


def orders(dataset: Dataset) -> list[Order]:
    """What the images can be sorted by here: by FER+'s votes only where they are known."""
    voted = has_votes(dataset.fingerprint)
    return [order for order in Order if voted or order is not Order.VOTES]


def sortable(dataset: Dataset, order: Order) -> pd.DataFrame:
    """The `index` with the columns that `order` needs besides: name, answer and confidence of the
    app's default run, or how far runs or FER+'s annotators disagree.
    """
    table = index(dataset)
    if order is Order.CONFIDENCE:
        default, found = cached.default_run(), answers(dataset)[0]
        run_id = default.run_id if default else ""
        answer, confidence = found.answers_of(run_id), found.confidence_of(run_id)
        return table.assign(run=run_id, answer=answer, confidence=confidence)
    if order is Order.RUNS:
        return table.assign(runs=answers(dataset)[0].disagreement())
    given = votes(dataset.fingerprint) if order is Order.VOTES else None
    if given is not None:
        return table.assign(votes=disagreement(given, table["path"].to_numpy(dtype=np.str_)))
    return table


def has_votes(fingerprint: str) -> bool:
    """Whether FER+'s votes on the images of that fingerprint are here: only the published images
    have any, whatever the names of others.
    """
    return fingerprint == FINGERPRINT and paths.ferplus_file().exists()


def votes(fingerprint: str) -> Votes | None:
    """FER+'s votes on the images of that fingerprint; None where they are not here.

    Raises:
        DataError: their file cannot be read.
    """
    file = paths.ferplus_file()
    return cached.kept(load_votes, file, files=[file]) if has_votes(fingerprint) else None


def audit(dataset: Dataset | None) -> Audit | None:
    """The audit of these images, or of the published ones; None where none was made.

    Raises:
        DataError: its files are damaged.
    """
    folder = audit_report.find_folder(dataset.fingerprint if dataset else None)
    if folder is None:
        return None
    files = (folder / audit_report.FACTS_FILE, folder / audit_report.ROWS_FILE)
    return cached.kept(audit_report.read_audit, folder, files=files)


def label_quality(dataset: Dataset | None) -> LabelQuality | None:
    """The list of suspicious labels of these images, or of the published ones; None where none
    was made.

    Raises:
        DataError: its files are damaged.
    """
    folder = label_report.find_folder(dataset.fingerprint if dataset else None)
    if folder is None:
        return None
    files = (folder / label_report.FACTS_FILE, folder / label_report.ROWS_FILE)
    return cached.kept(label_report.read_quality, folder, files=files)


def doubted(dataset: Dataset, path: str) -> "pd.Series[Any] | None":
    """The line of the list of suspicious labels on the image `path`; None where it has none."""
    quality = label_quality(dataset)
    if quality is None:
        return None
    rows = quality.rows[quality.rows["path"] == path]
    return rows.iloc[0] if len(rows) else None


def answers(dataset: Dataset) -> tuple[Answers, tuple[str, ...]]:
    """What the runs that were made with these images answer to them, the best run first, by the
    rows of `index`, and a sentence on each whose predictions cannot be read.
    """
    runs = [
        run
        for run in cached.best_first(cached.runs())
        if run.config.data_fingerprint == dataset.fingerprint and run.has_predictions()
    ]
    return _answers(dataset, runs)


@st.cache_resource(show_spinner=False, max_entries=2, hash_funcs={**BY_IMAGES, **cached.BY_RUN})
def _answers(dataset: Dataset, runs: list[Run]) -> tuple[Answers, tuple[str, ...]]:
    found, problems = {}, []
    for run in runs:
        try:
            found[run.run_id] = run.predictions()
        except RunError as exc:
            problems.append(str(exc))
    every = np.concatenate([dataset.train.paths, dataset.test.paths])
    return collect(every, found), tuple(problems)
