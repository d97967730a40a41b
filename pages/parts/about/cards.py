"""Cards and what they are made of, kept in memory until the files behind them change."""

import streamlit as st

from fer_core.evaluation.robustness import measure
from fer_core.evaluation.test_time_augmentation import FILE_NAME as TEST_TIME_FILE
from fer_core.reporting import data_card, licences
from fer_core.reporting.facts import RunFacts, gather
from fer_core.reporting.templates import sections
from fer_core.runs.store import Run
from pages.parts.shared import cached

_FILES = ("status.json", "history.csv", measure.FILE_NAME, TEST_TIME_FILE)


def facts(run: Run) -> RunFacts:
    """Everything that the run's files say.

    Raises:
        RunError: it has no predictions of test images, or they are damaged.
    """
    return _facts(run, cached.stamp_of(run.folder, _FILES))


@st.cache_data(show_spinner=False, max_entries=1)
def licence_sections() -> list[tuple[str, str]]:
    """Titles and texts; the installed packages cannot change while the app runs."""
    return sections(licences.licences())


@st.cache_data(show_spinner=False, max_entries=1)
def data_sections() -> list[tuple[str, str]]:
    """The data card's parts; the figures behind it are part of the repository."""
    return sections(data_card.data_card())


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs=cached.BY_RUN)
def _facts(run: Run, stamp: cached.Stamp) -> RunFacts:
    return gather(run)
