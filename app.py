"""The dashboard: `streamlit run app.py`."""

from pages.parts.shared.navigation import run_app

run_app()
