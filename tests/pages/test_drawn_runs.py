"""A run on drawn faces: never the default, never ranked, and marked wherever it shows."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit_webrtc import component

from fer_core import paths
from fer_core.inference import detector
from pages.parts.live.server import session
from tests.builders import make_run, with_config
from tests.pages.opened import at_page


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one run, on drawn faces and always right."""
    for variable in (paths.RUNS_DIR_VARIABLE, paths.DATA_DIR_VARIABLE, paths.CACHE_DIR_VARIABLE):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.setenv("FER_ICE_SERVERS", "none")
    monkeypatch.setattr(detector, "load_detector", lambda retry=False: detector.haar_detector())
    monkeypatch.setattr(component, "get_this_session_info", lambda: None)
    session.places.cache_clear()
    st.cache_data.clear()
    st.cache_resource.clear()
    root = tmp_path / paths.RUNS_DIR_VARIABLE
    real = make_run(root, "on-drawn-faces", accuracy=1.0)
    with_config(real, synthetic=True)
    return root


def words(app: AppTest) -> str:
    blocks = (*app.markdown, *app.caption, *app.warning, *app.info, *app.subheader)
    figures = [f"{metric.label} {metric.value}" for metric in app.metric]
    return "\n".join([*(block.value for block in blocks), *figures])


def marked(app: AppTest) -> bool:
    return any("on-drawn-faces learned from drawn faces" in box.value for box in app.warning)


@pytest.mark.parametrize("page", ["overview", "about"])
def test_its_figures_are_never_taken_for_how_good_the_app_is(runs: Path, page: str) -> None:
    app = at_page(page).run()

    assert not app.exception
    told = [line for line in words(app).splitlines() if "Looks" not in line]
    assert not any("100.0 %" in line for line in told)
    assert "it is wrong for" not in words(app)


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("curves", {"runs": "on-drawn-faces"}),
        ("evaluation", {"run": "on-drawn-faces"}),
        ("upload", {"model": "on-drawn-faces"}),
        ("live", {"model": "on-drawn-faces"}),
    ],
)
def test_a_page_that_shows_it_says_what_it_is(runs: Path, page: str, address: dict) -> None:
    make_run(runs, "on-photographs")

    asked = at_page(page, **address).run()

    assert not asked.exception
    assert marked(asked)
    assert not marked(at_page(page).run())


def test_it_is_not_ranked(runs: Path) -> None:
    make_run(runs, "on-photographs")

    app = at_page("overview").run()

    assert not app.exception
    assert "on-drawn-faces" not in words(app)
