"""The first screen of About: both questions answered, with the served model's figures."""

import streamlit as st

from fer_core import formats
from fer_core.evaluation.robustness import measure
from fer_core.evaluation.test_time_augmentation import FILE_NAME as TEST_TIME_FILE
from fer_core.reporting import responsible
from fer_core.reporting.facts import RunFacts, gather, weakest_class
from fer_core.runs.store import Run
from pages.parts.shared import cached, frame

_FILES = ("status.json", "history.csv", measure.FILE_NAME, TEST_TIME_FILE)


def verdict(run: Run | None) -> None:
    """Both questions, answered in a sentence each."""
    st.markdown(
        "**May I use it?** To learn, for research and on yourself: yes. To judge other people: no; "
        "at work and in education the EU prohibits it."
    )
    if run is not None:
        accuracy = facts_of(run).report.accuracy
        st.markdown(
            f"**Can I trust it?** Not a single answer: it is wrong for about "
            f"{round(10 * (1 - accuracy))} of 10 faces of the test images, and it names how a face "
            "looks, never what somebody feels."
        )


def figures(run: Run) -> None:
    """Four figures of the served model on all test images."""
    facts = facts_of(run)
    report = facts.report
    weakest, recall = weakest_class(report)
    corrupted = ("On corrupted images", "not measured")
    if facts.robustness is not None:
        worst = measure.hardest(facts.robustness)
        corrupted = (f"With {worst['title']}", formats.percent(worst["accuracy"]))
    frame.figures(
        {
            "Accuracy": (
                formats.unbroken(formats.percent(report.accuracy, report.accuracy_interval)),
                f"On {formats.count(report.n)} test images by FER2013's labels, 95 % interval.",
            ),
            f"Recall of {weakest}, the lowest": formats.percent(recall),
            corrupted[0]: corrupted[1],
            "Calibration error": (
                formats.percent(facts.calibrations[1].error),
                "How far confidence and accuracy are apart on average (ECE).",
            ),
        }
    )
    st.caption(
        f"{frame.run_name(run)} on all {formats.count(report.n)} test images. How it does "
        "on other kinds of faces is not known."
    )


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
