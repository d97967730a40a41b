"""The first screen of About: both questions answered, with the served model's figures."""

import streamlit as st

from fer_core import formats
from fer_core.evaluation.robustness import measure
from fer_core.reporting import responsible
from fer_core.reporting.facts import weakest_class
from fer_core.runs.store import Run
from pages.parts.about import cards
from pages.parts.shared import frame


def verdict(run: Run | None) -> None:
    """Both questions, answered in a sentence each."""
    st.markdown(
        "**May I use it?** To learn, for research and on yourself: yes. To judge other people: no; "
        "at work and in education the EU prohibits it."
    )
    if run is not None:
        accuracy = cards.facts(run).report.accuracy
        st.markdown(
            f"**Can I trust it?** Not a single answer: it is wrong for about "
            f"{round(10 * (1 - accuracy))} of 10 faces of the test images, and it names how a face "
            "looks, never what somebody feels."
        )


def figures(run: Run) -> None:
    """Four figures of the served model on all test images."""
    facts = cards.facts(run)
    report = facts.report
    weakest, recall = weakest_class(report)
    with frame.figure_row():
        st.metric(
            "Right answers",
            formats.unbroken(formats.percent(report.accuracy, report.accuracy_interval)),
            border=True,
            help=f"On {formats.count(report.n)} test images by FER2013's labels, 95 % interval.",
        )
        st.metric(f"Of {weakest} faces found", formats.percent(recall), border=True)
        if facts.robustness is None:
            st.metric("On corrupted images", "not measured", border=True)
        else:
            worst = measure.hardest(facts.robustness)
            st.metric(f"With {worst['title']}", formats.percent(worst["accuracy"]), border=True)
        st.metric(
            "Calibration error",
            formats.percent(facts.calibrations[1].error),
            border=True,
            help="How far confidence and accuracy are apart on average (ECE).",
        )
    st.caption(
        f"{frame.run_name(run)} on all {formats.count(report.n)} test images. For faces unlike "
        "these nobody knows."
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
