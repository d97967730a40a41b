"""A list of test faces in the order that the visitor chooses."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from fer_core import formats
from fer_core.data.ferplus import disagreement
from fer_core.errors import FerError
from fer_core.evaluation.answers import collect
from fer_core.evaluation.ordering import Order, rows_in
from fer_core.runs.store import Predictions, Run
from pages.parts.evaluation.question import Question
from pages.parts.shared import cached, face_pages, image_facts

ORDERS = {
    "Most confident": Order.CONFIDENT,
    "Least confident": Order.UNSURE,
    "Most disputed": Order.DISPUTED,
    "Darkest": Order.DARK,
    "Brightest": Order.BRIGHT,
}


def show(
    asked: Question,
    images: Predictions,
    *,
    title: str,
    name: str,
    key: str,
    notes: Sequence[str] | None = None,
    controls: DeltaGenerator | None = None,
) -> None:
    """The faces, or their names where they are not here, in the order that is chosen.

    Args:
        asked: the run whose answers these are, and the view of the test set.
        images: the most confident answer first.
        title: what they are, as `happy faces taken for sad`.
        name: end of the name of the CSV file.
        key: unique on the page.
        notes: a further line under each image.
        controls: where the order is chosen; above the faces when None.
    """
    if not len(images):
        st.caption(f"No {title} among {asked.images}.")
        return
    place, width = (st, 190) if controls is None else (controls, "stretch")
    chosen = place.selectbox(
        "Order of the faces",
        list(ORDERS),
        key="order",
        bind="query-params",
        width=width,
        label_visibility="collapsed",
    )
    rows, words = _arranged(asked.run, images, ORDERS[chosen])
    face_pages.show(
        asked.run,
        images.rows(rows),
        title=title,
        name=f"{asked.file_name}-{name}",
        key=key,
        notes=None if notes is None else [notes[row] for row in rows],
        order=words,
        told=asked.told,
    )


def _arranged(run: Run, images: Predictions, order: Order) -> tuple[NDArray[np.intp], str]:
    """The rows in that order, and the order in words, which say by what it goes."""
    if order is Order.DISPUTED:
        values, by = _disagreement(run, images)
        return rows_in(order, images, disagreement=values), f"{order} ({by})"
    if order in (Order.DARK, Order.BRIGHT):
        dataset, _ = face_pages.dataset_of(run)
        if dataset is None:
            return np.arange(len(images)), f"{Order.CONFIDENT}, as brightness needs the images"
        index = image_facts.index(dataset).set_index("path")["brightness"]
        brightness = index.reindex(images.path).to_numpy()
        return rows_in(order, images, brightness=brightness), str(order)
    return rows_in(order, images), str(order)


def _disagreement(run: Run, images: Predictions) -> tuple[NDArray[np.floating], str]:
    """How much FER+'s annotators disagree, or else the runs, and which of the two."""
    votes = image_facts.votes(run.config.data_fingerprint)
    if votes is not None:
        return disagreement(votes, images.path), "votes of FER+"
    answers = {}
    for other in cached.runs():
        if other.has_predictions() and other.config.data_fingerprint == run.config.data_fingerprint:
            try:
                answers[other.run_id] = cached.predictions(other)
            except FerError:
                continue  # the run's own page says what is wrong with it
    by = f"answers of {formats.counted(len(answers), 'run')}"
    return collect(images.path, answers).disagreement(), by
