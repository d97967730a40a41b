"""The app's pages and how they are reached: one navigation for app.py and for every page script.

Beside a folder named `pages`, Streamlit's older page discovery runs a page's script without
app.py. `serving.lifespan` turns it off; tests by AppTest turn it on again at each run. So each
page script begins with `enter()`: where the navigation is not what runs it, `enter` runs the
whole app in its place and ends the script there.
"""

import threading
from pathlib import Path

import streamlit as st

from pages.parts.shared import fetching

OVERVIEW = "pages/overview.py"
DATASET = "pages/dataset.py"
CURVES = "pages/curves.py"
EVALUATION = "pages/evaluation.py"
UPLOAD = "pages/upload.py"
LIVE = "pages/live.py"
TRAIN = "pages/train.py"
ABOUT = "pages/about.py"

_ICON = Path(__file__).with_name("icon.svg")
"""A file of ours: browsers would fetch a named icon from Google, and tell it who visits."""

_running = threading.local()


def run_app() -> None:
    """Sets the page up and runs the page that the address names."""
    st.set_page_config(
        page_title="Facial expressions",
        page_icon=str(_ICON),
        layout="wide",
        initial_sidebar_state="auto",
    )
    fetching.start_if_asked()
    overview = st.Page(
        OVERVIEW, title="Overview", icon=":material/leaderboard:", url_path="home", default=True
    )

    def open_overview() -> None:
        st.switch_page(overview, query_params=st.query_params.to_dict())

    page = st.navigation(
        {
            "Explore": [
                overview,
                # The default page is served at `/` alone; the address of its name leads there.
                st.Page(open_overview, title="Overview", url_path="overview", visibility="hidden"),
                st.Page(DATASET, title="Dataset", icon=":material/photo_library:"),
                st.Page(CURVES, title="Training curves", icon=":material/show_chart:"),
                st.Page(EVALUATION, title="Evaluation", icon=":material/grid_on:"),
            ],
            "Predict": [
                st.Page(UPLOAD, title="Upload", icon=":material/upload:"),
                st.Page(LIVE, title="Live", icon=":material/videocam:"),
            ],
            "Train and about": [
                st.Page(TRAIN, title="Train", icon=":material/model_training:"),
                st.Page(ABOUT, title="About", icon=":material/info:"),
            ],
        }
    )
    _running.navigation = True
    try:
        page.run()
    finally:
        _running.navigation = False


def enter() -> None:
    """First call of every page script; see above.

    What is stopped here loses every click in a fragment that came while it ran, so no visitor's
    page may be.
    """
    if not getattr(_running, "navigation", False):
        run_app()
        st.stop()
