"""What the tabs of the Dataset page read of the images, kept in memory."""

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from fer_core.data import browse
from fer_core.data.balance import class_table
from fer_core.data.fer2013 import Dataset
from fer_core.quality.copies import count_copies
from fer_core.reference.images import FINGERPRINT, Copies, published_class_table, published_copies
from pages.parts.shared.image_facts import BY_IMAGES


@st.cache_data(show_spinner=False, max_entries=4, hash_funcs=BY_IMAGES)
def copies(dataset: Dataset | None) -> Copies:
    """How many images are copies; those of the published images need no counting."""
    if dataset is None or dataset.fingerprint == FINGERPRINT:
        return published_copies()
    return count_copies(dataset)


@st.cache_data(show_spinner=False, max_entries=4, hash_funcs=BY_IMAGES)
def balance(dataset: Dataset | None) -> pd.DataFrame:
    """Counts, shares and weights of the classes, of the published images where there are none."""
    return published_class_table() if dataset is None else class_table(dataset)


@st.cache_resource(show_spinner="Averaging the faces", max_entries=2, hash_funcs=BY_IMAGES)
def means_and_grays(dataset: Dataset) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Mean face (7, 48, 48, 1) and shares of the grays (7, bins) of each class."""
    return browse.mean_faces(dataset), browse.gray_histogram(dataset)
