"""Folders of the Evaluation page's tests, empty at first."""

import pytest
import streamlit as st


@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch):
    for variable in ("FER_RUNS_DIR", "FER_DATA_DIR", "FER_CACHE_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    st.cache_data.clear()
    st.cache_resource.clear()
    return tmp_path / "FER_RUNS_DIR"
