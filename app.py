"""The dashboard: `streamlit run app.py`.

The page scripts stand in `views/`: beside a folder named `pages`, Streamlit answers the
first visitor of a fresh server with "Page not found" when they come by a page's own
address, because its older page discovery still looks there.
"""

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
                "views/explore/overview.py",
                title="Overview",
                icon=":material/leaderboard:",
                default=True,
            ),
            st.Page("views/explore/dataset.py", title="Dataset", icon=":material/photo_library:"),
            st.Page(
                "views/explore/curves.py", title="Training curves", icon=":material/show_chart:"
            ),
            st.Page("views/explore/evaluation.py", title="Evaluation", icon=":material/grid_on:"),
        ],
        "Predict": [
            st.Page("views/predict/upload.py", title="Upload", icon=":material/upload:"),
            st.Page("views/predict/live.py", title="Live", icon=":material/videocam:"),
        ],
        "Operate": [
            st.Page("views/operate/train.py", title="Train", icon=":material/model_training:"),
            st.Page("views/operate/about.py", title="About", icon=":material/info:"),
        ],
    }
).run()
