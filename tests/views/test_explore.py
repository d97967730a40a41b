"""Overview, training curves and evaluation, with and without runs, never with data."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.builders import make_run

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("overview", "curves", "evaluation")


@pytest.fixture
def folders(tmp_path, monkeypatch):
    for variable in ("FER_RUNS_DIR", "FER_DATA_DIR", "FER_CACHE_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    st.cache_data.clear()
    st.cache_resource.clear()
    return tmp_path / "FER_RUNS_DIR"


def open_page(name):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    return app.switch_page(f"views/explore/{name}.py").run() if name != "overview" else app


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_machine_is_told_what_to_do(folders, page):
    app = open_page(page)
    assert not app.exception
    assert any("fer_core train" in block.value for block in app.code)


@pytest.mark.parametrize("page", PAGES)
def test_a_run_is_shown_without_the_data_set(folders, page):
    make_run(folders, "mine")
    app = open_page(page)
    assert not app.exception
    assert not app.error
    assert app.title[0].value
