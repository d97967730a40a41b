"""The first screen of About: both questions answered, with the served model's figures."""

import streamlit as st

from fer_core import formats
from fer_core.evaluation.robustness import measure
from fer_core.evaluation.test_time_augmentation import FILE_NAME as TEST_TIME_FILE
from fer_core.reporting import responsible
from fer_core.reporting.facts import RunFacts, gather, weakest_class
from fer_core.runs.store import Run
from pages.parts.shared import cached, figures, frame
from pages.parts.shared.figures import Figure

_FILES = ("status.json", "history.csv", measure.FILE_NAME, TEST_TIME_FILE)


def verdict(run: Run | None) -> None:
    """Both questions, answered in a sentence each; the second where there is a model."""
    st.markdown(
        "**May I use it?** To learn, for research and on yourself: yes. To judge other people: no; "
        "at work and in education the EU prohibits it."
    )
    if run is not None:
        accuracy = facts_of(run).report.accuracy
        st.markdown(
            f"**Can I trust it?** Not a single answer: {formats.percent(1 - accuracy)} of the test "
            "images are classified wrongly, and it names how a face looks, never what somebody "
            "feels."
        )


def four_figures(run: Run) -> None:
    """The served model on all test images, on corrupted ones, and how well it knows itself."""
    facts = facts_of(run)
    report = facts.report
    weakest, recall = weakest_class(report)
    images = f"{formats.count(report.n)} test images"
    with st.container(key="about-figures"):
        figures.show(
            [
                Figure(
                    "Accuracy",
                    formats.percent(report.accuracy),
                    formats.bounds(report.accuracy_interval),
                    f"On {images} by the data set's labels.",
                ),
                Figure(f"Recall of {weakest}", formats.percent(recall), "", "The hardest class."),
                _corrupted(facts),
                Figure(
                    "Calibration error",
                    formats.percent(facts.calibrations[1].error),
                    "",
                    "Between confidence and accuracy, on average (ECE).",
                ),
            ],
            key="trust-figures",
        )
    st.caption(
        f"The model {frame.run_name(run)} on all {images}. "
        "How it does on other kinds of faces is not known."
    )


def _corrupted(facts: RunFacts) -> Figure:
    """The corruption that costs most."""
    if facts.robustness is None:
        return Figure("On corrupted images", "not measured")
    worst = measure.hardest(facts.robustness)
    note = f"Accuracy with {worst['title']}, the hardest corruption."
    return Figure("On corrupted images", formats.percent(worst["accuracy"]), "", note)


def uses() -> None:
    """Side by side: what it is for, what it is not for."""
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Made for", anchor=False)
        st.markdown(responsible.uses())
    with right:
        st.subheader("Not for", anchor=False)
        st.markdown(responsible.misuses())


def facts_of(run: Run) -> RunFacts:
    """Everything that the run's files say.

    Raises:
        RunError: it has no predictions of test images, or they are damaged.
    """
    return cached.kept(gather, run, files=[run.folder / name for name in _FILES])
