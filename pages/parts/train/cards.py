"""The offers as cards: what each is for, how long it takes, what it reaches, and its start."""

import streamlit as st

from fer_core import formats
from fer_core.errors import RunError
from fer_core.jobs import offers
from fer_core.jobs.base import DataSource, Job, Place
from fer_core.jobs.duration import expected
from fer_core.jobs.local import LocalBackend
from fer_core.jobs.offers import Offer
from pages.parts.shared import cached, navigation
from pages.parts.shared.messages import as_written
from pages.parts.train import acts, checks, drawer, machine


def show(jobs: LocalBackend, found: list[Job], *, unlocked: bool) -> None:
    """Draws the cards and the button of everything else; `unlocked` for the owner."""
    waits = checks.runs_here(found)
    st.subheader("Start another" if waits else "Start a training", anchor=False)
    if waits:
        st.caption("A new training waits until those before it have ended.")
    elif not machine.enough_memory():
        st.warning(machine.TOO_LITTLE_MEMORY)
    for column, offer in zip(st.columns(3, gap="small"), offers.offers(), strict=True):
        with column, st.container(border=True, height="stretch", key=f"card-{offer.name}"):
            _card(offer, jobs, found, unlocked=unlocked)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.button(
            "Other networks and settings",
            icon=":material/tune:",
            key="open-drawer",
            on_click=drawer.open_at,
            help="The report's network, networks from ImageNet, classical systems, every option.",
        )
        st.caption(f"This machine: {machine.room()}.", width="stretch")


def _card(offer: Offer, jobs: LocalBackend, found: list[Job], *, unlocked: bool) -> None:
    st.markdown(f"##### {offer.title}")
    st.caption(f"{offer.about}  \n{offers.in_words(offer.config, offer.data).capitalize()}.")
    time = expected(offer.config, offer.data, jobs.root)
    accuracy, images = _accuracy(offer)
    takes = f"**About {formats.duration(time.seconds)}**" if time else "**Time not known**"
    source = f"  \n:small[{time.source}]" if time else ""
    st.markdown(f"{takes}{source}")
    st.markdown(f"**{accuracy}**  \n:small[{images}]")
    st.space("stretch")
    lacks = checks.missing(offer.config, offer.data, jobs, found)
    why_not = " ".join(lacks.values()) or checks.refusal(
        offer.config, offer.data, Place.LOCAL, found
    )
    if why_not:
        st.caption(f":material/block: {as_written(why_not)}")
    if why_not == checks.NO_DATA:
        st.page_link(
            navigation.DATASET, label="Get it on the Dataset page", icon=":material/download:"
        )
    if st.button(
        offer.action,
        key=f"start-{offer.name}",
        type="primary" if offer.data is DataSource.SYNTHETIC else "secondary",
        disabled=not unlocked or bool(why_not),
        width="stretch",
    ):
        acts.start(jobs, offer.config, None, offer.data, None)


def _accuracy(offer: Offer) -> tuple[str, str]:
    """What the run of this preset reaches on all test images, and what that is of."""
    if offer.data is DataSource.SYNTHETIC:
        return "For trying only", "drawn faces say nothing about people"
    run = next((run for run in cached.runs() if run.run_id == offer.config.preset), None)
    if run is None or run.config.synthetic or run.config.train.model != offer.config.model:
        return "Accuracy not known", f"there is no run '{offer.config.preset}' here to go by"
    try:
        report = cached.report(run)
    except RunError:
        return "Accuracy not known", f"the run '{run.run_id}' has no predictions to go by"
    reached = f"of {report.n:,} test images, as the run '{run.run_id}'"
    return f"{formats.percent(report.accuracy)} right", reached
