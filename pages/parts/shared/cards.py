"""What cards and reports are made of, kept in memory until the files behind it change."""

import streamlit as st

from fer_core.evaluation.robustness.measure import FILE_NAME as ROBUSTNESS_FILE
from fer_core.reporting import data_card, licences
from fer_core.reporting.facts import RunFacts, gather
from fer_core.reporting.words import Section
from fer_core.runs.store import Run
from pages.parts.shared import cached

_FILES = ("status.json", "history.csv", ROBUSTNESS_FILE)


def facts(run: Run) -> RunFacts:
    """Everything that the run's files say.

    Raises:
        RunError: it has no predictions of test images, or they are damaged.
    """
    return _facts(run, cached.stamp_of(run.folder, _FILES))


@st.cache_data(show_spinner=False, max_entries=1)
def packages() -> list[tuple[str, str, str]]:
    """As `licences.packages`; they cannot change while the app runs."""
    return licences.packages()


@st.cache_data(show_spinner=False, max_entries=1)
def data_sections() -> list[Section]:
    """The data card's parts; the figures behind it are part of the repository."""
    return data_card.sections()


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs=cached.BY_RUN)
def _facts(run: Run, stamp: cached.Stamp) -> RunFacts:
    return gather(run)
