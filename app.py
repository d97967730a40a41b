"""The dashboard: `streamlit run app.py`."""

import streamlit as st

st.set_page_config(
    page_title="Facial expressions",
    page_icon=":material/sentiment_satisfied:",
    layout="wide",
    initial_sidebar_state="auto",
)

st.navigation(
    {
        "Explore": [
            st.Page(
                "pages/explore/overview.py",
                title="Overview",
                icon=":material/leaderboard:",
                default=True,
            ),
            st.Page("pages/explore/dataset.py", title="Dataset", icon=":material/photo_library:"),
            st.Page(
                "pages/explore/curves.py", title="Training curves", icon=":material/show_chart:"
            ),
            st.Page("pages/explore/evaluation.py", title="Evaluation", icon=":material/grid_on:"),
        ],
        "Predict": [
            st.Page("pages/predict/upload.py", title="Upload", icon=":material/upload:"),
        ],
    }
).run()
