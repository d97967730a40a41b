"""A machine for the Dataset page: no data set at first, and nothing kept in memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fer_core.data.synthetic.dataset import write_synthetic
from pages.parts.shared import install, owner
from tests.pages.dataset.page import open_page


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder that does not exist yet, and a fresh cache."""
    folder = tmp_path / "data"
    monkeypatch.setenv("FER_DATA_DIR", str(folder))
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("FER_ALLOW_LOCAL_PATHS", raising=False)
    monkeypatch.setattr(owner, "is_unlocked", lambda: True)
    monkeypatch.setattr(install, "_installer", install.Installer())
    st.cache_resource.clear()
    st.cache_data.clear()
    yield folder
    install.installer().cancel()
    install.installer().wait(10)
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def page(data_dir: Path) -> AppTest:
    """The page over a small drawn data set."""
    write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)
    return open_page()
