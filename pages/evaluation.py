"""Evaluation: where does it fail?"""

import streamlit as st

from pages.parts.evaluation import (
    class_scores,
    comparison,
    confidence,
    confusion,
    question,
    ranking,
    robustness,
)
from pages.parts.evaluation.question import Question
from pages.parts.shared import downloads, frame, navigation
from pages.parts.shared.navigation import enter

SECTIONS = {
    "Against the report": class_scores.compare_with_report,
    "Ranking": ranking.show,
    "Confidence": confidence.show,
    "Two runs": comparison.show,
    "Robustness": robustness.show,
}


@st.fragment
def show_sections(asked: Question) -> None:
    """The further questions, a tab each; only the open one is computed."""
    tabs = st.tabs(list(SECTIONS), key="section", bind="query-params", on_change="rerun")
    for tab, show in zip(tabs, SECTIONS.values(), strict=True):
        if tab.open:
            with tab, frame.error_box():
                show(asked)


enter()
frame.page_header("Evaluation", "Where does it fail?")
if evaluated := question.evaluated_runs():
    asked = question.choose(evaluated)
    with frame.error_box():
        question.show_answer(asked)
        confusion.explore(asked)
        show_sections(asked)
        downloads.report_button(asked.run)
else:
    frame.empty_state(
        "No run has been evaluated yet",
        "Predictions on the test images are made when training ends, and every figure on this "
        "page is computed from them. A run in training can be followed under Training curves.",
        "Train one, or resume one that was stopped:",
        command=frame.TRAIN_COMMAND,
        page=navigation.CURVES,
        page_label="See the training curves",
    )
    class_scores.show_report_table()
frame.footer()
