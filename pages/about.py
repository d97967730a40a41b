"""About: may I use this, and can I trust it?"""

import streamlit as st

from fer_core import formats
from fer_core.data import fer2013
from fer_core.errors import DataError
from fer_core.evaluation.robustness import measure
from fer_core.reporting import licences, responsible
from fer_core.reporting.facts import RunFacts, weakest_class
from fer_core.reporting.failures import pictures, surest_mistakes
from fer_core.reporting.model_card import FILE_NAME, model_card, sections
from fer_core.reporting.words import Section, markdown_table
from fer_core.runs.store import Run
from pages.parts.shared import cached, cards, faces, frame
from pages.parts.shared.navigation import enter

TOPICS = ("Limits", "Law", "Privacy", "Model card", "Data card", "Licences")


def show_verdict(run: Run | None) -> None:
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


def show_uses() -> None:
    """Side by side: what it is for, what it is not for."""
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Made for", anchor=False)
        st.markdown(responsible.bullets(responsible.USES))
    with right:
        st.subheader("Not for", anchor=False)
        st.markdown(responsible.bullets(responsible.MISUSES))


def show_trust(run: Run) -> None:
    """Can I trust it? Four figures of the served model on all test images."""
    facts = cards.facts(run)
    report, found = facts.report, facts.calibration
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
            st.metric("On spoiled pictures", "not measured", border=True)
        else:
            worst = measure.hardest(facts.robustness)
            st.metric(f"With {worst['title']}", formats.percent(worst["accuracy"]), border=True)
        st.metric(
            "Confidence off by",
            f"{100 * found.error:.1f} points",
            border=True,
            help="Mean distance of confidence and accuracy (expected calibration error).",
        )
    st.caption(
        f"{frame.run_name(run)} on all {formats.count(report.n)} test images. For faces unlike "
        "these nobody knows."
    )


def show_model_card(run: Run) -> None:
    """The card that `python -m fer_core card` writes, and failures as pictures."""
    facts = cards.facts(run)
    st.download_button(
        "Download model card (Markdown)",
        model_card(facts),
        file_name=f"{run.run_id}-{FILE_NAME}",
        mime="text/markdown",
        on_click="ignore",
        key="card-download",
    )
    for section in sections(facts):
        show_section(section)
        if section.title == "Known failures":
            show_failures(facts)


def show_failures(facts: RunFacts) -> None:
    """The surest mistakes as pictures, where the data set is on this machine."""
    mistakes = surest_mistakes(facts.test)
    if not mistakes:
        return
    if not cached.has_data():
        st.caption("Pictures of failures are shown where the data set is on the machine.")
        return
    try:
        dataset = cached.dataset()
    except DataError as exc:
        st.caption(str(exc))
        return
    images = pictures(dataset, mistakes) if is_same(facts, dataset) else None
    if images is None:
        st.caption("The data set on this machine is not the one that this run was tested on.")
        return
    st.caption("For each class the wrong answer that it is surest of:")
    faces.sample_grid(
        images,
        [
            f"{item.true}, taken for {item.predicted} {formats.percent(item.confidence)}"
            for item in mistakes
        ],
        [f"A {item.true} face of the test images" for item in mistakes],
    )


def is_same(facts: RunFacts, dataset: fer2013.Dataset) -> bool:
    return facts.config.data_fingerprint == dataset.fingerprint


def show_section(section: Section) -> None:
    st.subheader(section.title, anchor=False)
    st.markdown(formats.unbroken(section.text))


def show_licences() -> None:
    """What is shipped, fetched and installed, under which licence; versions; how to cite."""
    for title, items in (
        ("Part of this project", licences.SHIPPED),
        ("Fetched by a machine that needs it", licences.FETCHED),
    ):
        st.subheader(title, anchor=False)
        rows = [[item.what, item.licence, item.how] for item in items]
        st.markdown(markdown_table(["what", "licence", "how"], rows, words=3))
    st.subheader("Packages and versions", anchor=False)
    st.caption("As the installed packages say themselves. They bring further ones of their own.")
    st.markdown(markdown_table(["package", "version", "licence"], cards.packages(), words=3))
    st.caption("How to cite: see the end of the model card.")


def show_topics(run: Run | None) -> None:
    """The details; only the open topic is put together."""
    tabs = st.tabs(TOPICS, key="topic", on_change="rerun", bind="query-params")
    limits, law, privacy, model, data, licence = tabs
    if limits.open:
        limits.markdown(responsible.bullets(responsible.limits()))
    if law.open:
        law.caption(
            f"European Union, in plain words, as of {responsible.LAW_AS_OF}. No legal advice."
        )
        law.markdown(responsible.bullets(responsible.LAW))
    if privacy.open:
        privacy.markdown(responsible.bullets(responsible.PRIVACY))
    if model.open:
        with model, frame.error_box():
            if run is None:
                st.caption("No run has left a model yet, so there is no card to show.")
            else:
                show_model_card(run)
    if data.open:
        with data:
            for section in cards.data_sections():
                show_section(section)
    if licence.open:
        with licence:
            show_licences()


enter()
frame.page_header("About", "May I use this, and can I trust it?")
served = cached.default_run()
if served is not None:
    with frame.error_box():
        show_verdict(served)
        show_trust(served)
else:
    show_verdict(None)
    frame.empty_state(
        "No model to judge yet",
        "How far it can be trusted is measured on test images when training ends.",
        "Train one:",
        command=frame.TRAIN_COMMAND,
    )
show_uses()
show_topics(served)
frame.footer()
