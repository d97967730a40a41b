"""The Upload page with a runs folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fer_core.inference import detector
from tests.builders import make_run
from tests.pages.opened import at_page
from tests.pages.upload.page import NOTE


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty runs folder, and the detector that needs no download."""
    monkeypatch.setenv("FER_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setattr(detector, "load_detector", lambda retry=False: detector.haar_detector(NOTE))
    st.cache_resource.clear()
    st.cache_data.clear()
    folder = tmp_path / "runs"
    folder.mkdir()
    yield folder
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def page(runs: Path) -> AppTest:
    make_run(runs, "first")
    return at_page("upload", 90).run()
