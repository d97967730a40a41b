"""The data set as the page opens: decoded once, summarised in a line."""

import pandas as pd
import streamlit as st

from fer_core import paths
from fer_core.data import fer2013
from fer_core.data.fer2013 import Dataset
from pages.parts.dataset import kept
from pages.parts.shared import cached, frame


def load() -> Dataset | None:
    """The data set, with progress while its images are decoded; None where it cannot be read."""
    if not cached.has_data():
        return None
    folder = str(paths.data_dir())
    with frame.error_box():
        if folder not in _decoded():
            bar = st.empty()
            fer2013.load(
                progress=lambda done, total: bar.progress(
                    done / total, f"Decoding images, {done:,} of {total:,}; once on a machine"
                )
            )
            bar.empty()
            _decoded().add(folder)
        return cached.dataset()
    return None


@st.cache_resource(show_spinner=False)
def _decoded() -> set[str]:
    """Data folders whose images this process has decoded."""
    return set()


def show_summary(dataset: Dataset | None) -> None:
    """What is in it and what is wrong with it, in one line; the tabs have the rest."""
    if dataset is not None and dataset.synthetic:
        st.info("This is a synthetic data set: drawn faces to try the pipeline, no photographs.")
        return
    copies = kept.copies(dataset)
    st.markdown(
        f"{copies.images:,} images in seven classes. **What is wrong:** {copies.groups:,} groups "
        f"of byte-identical images, {copies.leaked_test_images:,} test images that are also in "
        f"the training set, {copies.conflicting_groups:,} groups with conflicting labels."
    )


def show_skipped(dataset: Dataset) -> None:
    """The files that are no images of this data set, if there are any."""
    if dataset.skipped:
        with st.expander(f"{len(dataset.skipped)} files were skipped"):
            st.dataframe(pd.DataFrame(dataset.skipped, columns=["file", "reason"]), hide_index=True)
