"""Settings that stand in Streamlit's secrets or in the environment."""

import os

import streamlit as st


def read(variable: str) -> str:
    """The value from the secrets or, where it is not there, from the environment; else empty."""
    stored = st.secrets if st.secrets.load_if_toml_exists() else {}
    return str(stored.get(variable, "") or os.environ.get(variable, "")).strip()
