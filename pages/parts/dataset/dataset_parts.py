"""What the tabs of the Dataset page have in common: what they read, kept in memory."""

from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from fer_core import paths
from fer_core.data import browse
from fer_core.data.balance import class_table
from fer_core.data.fer2013 import Dataset
from fer_core.data.ferplus import Votes, load_votes
from fer_core.quality import audit_report, label_report
from fer_core.quality.audit_report import Audit
from fer_core.quality.copies import count_copies
from fer_core.quality.label_report import LabelQuality
from fer_core.reference.images import FINGERPRINT, Copies, published_copies
from pages.parts.shared import cached


def fingerprint_of(dataset: Dataset | None) -> str | None:
    """Of the images; None where there are none and the published ones are spoken of."""
    return None if dataset is None else dataset.fingerprint


def audit_of(dataset: Dataset | None) -> Audit | None:
    """The audit of these images, or of the published ones; None where none was made.

    Raises:
        DataError: its files are damaged.
    """
    folder = audit_report.find_folder(fingerprint_of(dataset))
    if folder is None:
        return None
    files = (audit_report.FACTS_FILE, audit_report.ROWS_FILE)
    return _audit(str(folder), cached.stamp_of(folder, files))


def quality_of(dataset: Dataset | None) -> LabelQuality | None:
    """The list of suspicious labels of these images; None where none was made.

    Raises:
        DataError: its files are damaged.
    """
    folder = label_report.find_folder(fingerprint_of(dataset))
    if folder is None:
        return None
    files = (label_report.FACTS_FILE, label_report.ROWS_FILE)
    return _quality(str(folder), cached.stamp_of(folder, files))


def copies_of(dataset: Dataset | None) -> Copies:
    """How many images are copies; those of the published images need no counting."""
    if dataset is None or dataset.fingerprint == FINGERPRINT:
        return published_copies()
    return _copies(dataset.fingerprint, dataset)


def table_of(dataset: Dataset) -> pd.DataFrame:
    """Counts, shares and weights of the classes."""
    return _table(dataset.fingerprint, dataset)


def index_of(dataset: Dataset) -> pd.DataFrame:
    """Every image with what one may filter by (`browse.index_images`)."""
    return _index(dataset.fingerprint, dataset)


def class_looks(dataset: Dataset) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Mean face (7, 48, 48, 1) and shares of the grays (7, bins) of each class."""
    return _looks(dataset.fingerprint, dataset)


def votes() -> Votes | None:
    """FER+'s votes where their file is there.

    Raises:
        DataError: it cannot be read.
    """
    file = paths.ferplus_file()
    if not file.exists():
        return None
    return _votes(str(file), cached.stamp_of(file.parent, (file.name,)))


@st.cache_resource(show_spinner=False, max_entries=2)
def _audit(folder: str, stamp: cached.Stamp) -> Audit:
    return audit_report.read_audit(Path(folder))


@st.cache_resource(show_spinner=False, max_entries=2)
def _quality(folder: str, stamp: cached.Stamp) -> LabelQuality:
    return label_report.read_quality(Path(folder))


@st.cache_resource(show_spinner=False, max_entries=1)
def _votes(file: str, stamp: cached.Stamp) -> Votes:
    return load_votes(Path(file))


@st.cache_data(show_spinner=False, max_entries=4)
def _table(fingerprint: str, _dataset: Dataset) -> pd.DataFrame:
    return class_table(_dataset)


@st.cache_data(show_spinner=False, max_entries=4)
def _copies(fingerprint: str, _dataset: Dataset) -> Copies:
    return count_copies(_dataset)


# Read-only and shared: a copy of 36,000 rows at every rerun would cost more than the filter.
@st.cache_resource(show_spinner="Measuring the images", max_entries=2)
def _index(fingerprint: str, _dataset: Dataset) -> pd.DataFrame:
    return browse.index_images(_dataset)


@st.cache_resource(show_spinner="Averaging the faces", max_entries=2)
def _looks(fingerprint: str, _dataset: Dataset) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    return browse.mean_faces(_dataset), browse.gray_histogram(_dataset)
