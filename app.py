"""The dashboard: `streamlit run app.py` imports it to serve it, and runs it for each visitor."""

import streamlit as st

from pages.parts.live.browser import served
from pages.parts.shared import navigation, serving

if __name__ == "__main__":
    navigation.run_app()
else:
    app = st.App(
        __file__,
        lifespan=serving.lifespan,
        middleware=serving.MIDDLEWARE,
        routes=served.ROUTES,
    )
