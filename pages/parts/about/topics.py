"""The details of About, a tab a topic; only the open one is put together."""

from collections.abc import Iterable

import streamlit as st

from fer_core import formats
from fer_core.evaluation.error_analysis import find_images, most_confident_errors
from fer_core.reporting import data_card, licences, responsible
from fer_core.reporting.facts import RunFacts
from fer_core.reporting.model_card import FILE_NAME, model_card
from fer_core.reporting.templates import sections
from fer_core.runs.store import Run
from pages.parts.about.trust import facts_of
from pages.parts.shared import address, cached, face_pages, faces, frame


def show(run: Run | None) -> None:
    """The tabs; `run` is the one that the app predicts with."""
    address.rename("topic", {"The report": "The student report"})
    frame.tabs(
        {
            "Limits": lambda: st.markdown(responsible.limits()),
            "Law": lambda: st.markdown(responsible.law()),
            "Privacy": lambda: st.markdown(responsible.privacy()),
            "The student report": lambda: st.markdown(responsible.the_report()),
            "Model card": lambda: _model_card(run),
            "Data card": lambda: _parts(cached.kept(_data_card)),
            "Licences": lambda: _parts(cached.kept(_licences)),
        },
        "topic",
    )


def _parts(parts: Iterable[tuple[str, str]]) -> None:
    for title, text in parts:
        st.subheader(title, anchor=False)
        st.markdown(formats.unbroken(text))


def _data_card() -> list[tuple[str, str]]:
    return sections(data_card.data_card())


def _licences() -> list[tuple[str, str]]:
    return sections(licences.licences())


def _model_card(run: Run | None) -> None:
    """The card that `python -m fer_core card` writes, and its errors as pictures."""
    if run is None:
        st.caption("No run has left a model yet, so there is no card to show.")
        return
    facts = facts_of(run)
    card = model_card(facts)
    st.download_button(
        "Download model card (Markdown)",
        card,
        file_name=f"{run.run_id}-{FILE_NAME}",
        mime="text/markdown",
        on_click="ignore",
        key="card-download",
    )
    for part in sections(card):
        _parts([part])
        if part[0] == "Known failures":
            _errors(facts)


def _errors(facts: RunFacts) -> None:
    """The most confident errors as pictures, where the data set is on this machine."""
    errors = most_confident_errors(facts.test)
    if not errors:
        return
    dataset, reason = face_pages.dataset_of(facts.run)
    if dataset is None:
        face_pages.tell_missing(reason)
        return
    st.caption("The most confident wrong answer for each class:")
    words = [f"{e.true}, taken for {e.predicted} {formats.percent(e.confidence)}" for e in errors]
    alts = [f"A {error.true} face of the test images" for error in errors]
    images = find_images(dataset.test, [error.path for error in errors])
    faces.sample_grid(images, words, alts)
