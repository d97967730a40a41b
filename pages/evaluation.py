"""Evaluation: where does it fail?"""

from pages.parts.evaluation import (
    class_scores,
    comparison,
    confidence,
    confusion,
    face_map,
    over_time,
    question,
    ranking,
    robustness,
)
from pages.parts.shared import address, frame, navigation
from pages.parts.shared.navigation import enter

SECTIONS = {
    "Confusion": confusion.show,
    "Calibration": confidence.show,
    "ROC and PR": ranking.show,
    "Robustness": robustness.show,
    "Over time": over_time.show,
    "Compare": comparison.show,
    "Map": face_map.show,
}
# Tabs by the name that they have in older links.
_RENAMED = {"Confidence": "Calibration", "Ranking": "ROC and PR"}


@frame.fragment
def show_sections(asked: question.Question) -> None:
    """The tabs; one that opens, or changes, leaves the rest of the page as it is."""
    frame.tabs(SECTIONS, "section", asked)
    address.keep()


enter()
frame.page_header("Evaluation", "Where does it fail?")
if evaluated := question.evaluated_runs():
    address.recall()
    address.rename("section", _RENAMED)
    asked = question.choose(evaluated)
    frame.tell_drawn(asked.run)
    with frame.error_box():
        question.show_answer(asked)
        show_sections(asked)
        question.downloads(asked.run)
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
