"""Dataset: what is in it, and what is wrong with it?"""

import pandas as pd
import streamlit as st

from fer_core import paths
from fer_core.data import fer2013
from fer_core.reference.images import published_class_table
from pages.parts.dataset import (
    audit_tab,
    balance_tab,
    dataset_parts,
    labels_tab,
    missing_data,
    samples_tab,
)
from pages.parts.shared import cached, frame
from pages.parts.shared.navigation import enter

TABS = ("Balance", "Samples", "Audit", "Label quality")


@st.cache_resource(show_spinner=False)
def prepared() -> set[str]:
    """Data folders whose images this process has decoded."""
    return set()


def load_dataset() -> fer2013.Dataset | None:
    """The data set with progress while its images are decoded; None where it cannot be read."""
    folder = str(paths.data_dir())
    with frame.error_box():
        if folder not in prepared():
            bar = st.empty()
            fer2013.load(
                progress=lambda done, total: bar.progress(
                    done / total, f"Decoding images, {done:,} of {total:,}; once on a machine"
                )
            )
            bar.empty()
            prepared().add(folder)
        return cached.dataset()
    return None


def show_skipped(dataset: fer2013.Dataset) -> None:
    """The files that are no images of this data set, if there are any."""
    if dataset.skipped:
        with st.expander(f"{len(dataset.skipped)} files were passed over"):
            st.dataframe(pd.DataFrame(dataset.skipped, columns=["file", "reason"]), hide_index=True)


def show_summary(dataset: fer2013.Dataset | None) -> None:
    """What is wrong with it, in one line; the tabs have the rest."""
    copies = dataset_parts.copies_of(dataset)
    st.markdown(
        f"{copies.images:,} images in seven classes. **What is wrong:** {copies.groups:,} groups "
        f"of byte-identical images, {copies.leaked_test_images:,} test images that stand in "
        f"training too, {copies.conflicting_groups:,} groups under different labels."
    )


enter()
frame.page_header("Dataset", "What is in it, and what is wrong with it?")

dataset = load_dataset() if cached.has_data() else None
if dataset is not None and dataset.synthetic:
    st.info("This is a synthetic data set: drawn faces for trying the pipeline, no photographs.")

if dataset is None or not dataset.synthetic:
    show_summary(dataset)

balance, samples, audit, labels = st.tabs(TABS, key="tab", bind="query-params", on_change="rerun")
# Only the tab that is open is worked out.
if balance.open:
    with balance:
        table = published_class_table() if dataset is None else dataset_parts.table_of(dataset)
        balance_tab.show(table, dataset)
        if dataset is None:
            missing_data.show("The figures above are the published counts.")
        else:
            show_skipped(dataset)
if samples.open:
    with samples:
        if dataset is None:
            missing_data.show("Without them there is nothing to look at.")
        else:
            samples_tab.show(dataset)
if audit.open:
    with audit:
        audit_tab.show(dataset)
if labels.open:
    with labels:
        labels_tab.show(dataset)

frame.footer()
