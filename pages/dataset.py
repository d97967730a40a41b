"""Dataset: what is in it, and what is wrong with it?"""

import streamlit as st

from pages.parts.dataset import (
    audit_tab,
    balance_tab,
    labels_tab,
    loading,
    missing_data,
    samples_tab,
)
from pages.parts.shared import frame
from pages.parts.shared.navigation import enter

enter()
frame.page_header("Dataset", "What is in it, and what is wrong with it?")
dataset = loading.load()
loading.show_summary(dataset)

TABS = ("Balance", "Samples", "Audit", "Label quality")
balance, samples, audit, labels = st.tabs(TABS, key="tab", bind="query-params", on_change="rerun")
# Only the tab that is open is computed.
if balance.open:
    with balance:
        balance_tab.show(dataset)
        if dataset is None:
            missing_data.show("The figures above are the published counts.")
        else:
            loading.show_skipped(dataset)
if samples.open:
    with samples:
        if dataset is None:
            missing_data.show("Without them there are no samples to show.")
        else:
            samples_tab.show(dataset)
if audit.open:
    with audit:
        audit_tab.show(dataset)
if labels.open:
    with labels:
        labels_tab.show(dataset)

frame.footer()
