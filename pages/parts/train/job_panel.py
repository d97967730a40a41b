"""Jobs that wait or run: how far, how long still, curves, log, stop; and why the last failed."""

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.errors import JobError
from fer_core.jobs.backends import backend_of
from fer_core.jobs.base import Job, read_spec
from fer_core.jobs.local import LocalBackend
from fer_core.jobs.pace import pace
from fer_core.models.classical.systems import CLASSIC
from fer_core.runs.store import HISTORY_COLUMNS, State, utc_now
from pages.parts.shared import cached, frame, owner
from pages.parts.train import job_curves, machine

SAID = "train-said"
"""In the session: what the page says once, at the next run."""
REFRESH = 2.0
"""Seconds between two looks at what runs."""
_LOG_LINES = 30
_NO_HISTORY = pd.DataFrame(columns=list(HISTORY_COLUMNS))
_NEVER = datetime.min.replace(tzinfo=UTC)
_IMPATIENT = 20.0
"""Seconds after which a stop that was asked for may be forced."""


def section(jobs: LocalBackend, found: list[Job]) -> None:
    """Draws every job that waits or runs and looks again while there is one.

    Args:
        jobs: of the runs folder that the page shows.
        found: what is there now, the latest first.
    """
    names = {job.run_id for job in found if job.is_active}

    @st.fragment(run_every=REFRESH if names else None)
    def draw() -> None:
        now = jobs.list()
        active = [job for job in now if job.is_active]
        if {job.run_id for job in active} != names:
            _tell_ended(now, names)
            st.rerun()  # one has come or gone: the whole page changes
        for job in active:
            if job.status.host:
                _show_remote(jobs, job)
            elif not job.ahead:
                _show_running(jobs, job)
        waiting = sorted((job for job in active if job.ahead), key=lambda job: job.ahead or 0)
        if waiting:
            _show_waiting(jobs, waiting)

    if not names:
        st.caption("Nothing runs at the moment.")
    draw()
    _show_failure(jobs, found)


def show_log(jobs: LocalBackend, run_id: str, place: str) -> None:
    """The log's tail in a box, read only while it is open. For the owner: it names paths.

    Args:
        jobs: of the runs folder.
        run_id: whose log.
        place: where on the page the box stands; one a place and run.
    """
    box = st.expander("Log", key=f"log-{place}-{run_id}", on_change="rerun")
    if not box.open:
        return
    with box:
        if not owner.is_unlocked():
            st.caption("The log is for the owner of this server.")
            return
        st.code(jobs.logs(run_id, _LOG_LINES) or "Nothing was printed yet.", language=None)


def _tell_ended(now: list[Job], names: set[str]) -> None:
    """Leaves a sentence on each job that has ended; a failed one has its own box."""
    ended = [job for job in now if job.run_id in names and not job.is_active]
    said = [
        f"'{job.run_id}' is {job.status.state.value}."
        for job in ended
        if job.status.state is not State.FAILED
    ]
    if said:
        st.session_state[SAID] = " ".join(said)


def _show_failure(jobs: LocalBackend, found: list[Job]) -> None:
    """Why the job that ended last failed, if it did, with its log."""
    ended = [job for job in found if not job.is_active]
    job = max(ended, key=lambda job: job.status.heartbeat or _NEVER, default=None)
    if job is not None and job.status.state is State.FAILED:
        st.error(f"'{job.run_id}' failed. {job.status.message}", icon=":material/error:")
        show_log(jobs, job.run_id, "failed")


def _show_running(jobs: LocalBackend, job: Job) -> None:
    status = job.status
    history = cached.history(job.run) if job.run is not None else _NO_HISTORY
    has_epochs = job.train is not None and job.train.model not in CLASSIC
    with st.container(border=True):
        st.markdown(f"**{job.run_id}**: {_words(job)}")
        if has_epochs:
            found = pace(job, history)
            left = (
                f", about {formats.duration(found.seconds_left)} left" if found.seconds_left else ""
            )
            step = f", step {status.step} of {status.steps}" if status.steps else ""
            st.progress(
                found.share,
                f"Epoch {min(status.epoch + 1, status.epochs)} of {status.epochs}{step}{left}",
            )
            with st.container(horizontal=True, gap="large", key=f"pace-{job.run_id}"):
                speed, seconds = found.images_per_second, found.epoch_seconds
                st.metric("Images a second", f"{speed:,.0f}" if speed else "–", width="content")
                st.metric(
                    "An epoch", formats.duration(seconds) if seconds else "–", width="content"
                )
        st.caption(f"{_last_sign(job)}; {machine.load(status.pid)}.")
        _stop_button(jobs, job)
        if has_epochs:
            job_curves.show(job.run_id, history, status.epochs)
        show_log(jobs, job.run_id, "running")


def _show_remote(jobs: LocalBackend, job: Job) -> None:
    """A job on another machine: what it said last, and a button that asks again."""
    spec = read_spec(jobs.root / job.run_id)
    with st.container(border=True):
        st.markdown(f"**{job.run_id}**: {job.status.state.value} on {job.status.host}")
        done = f"{job.status.epoch} of {job.status.epochs} epochs"
        st.caption(f"{done} when it was last asked. {_last_sign(job)}.")
        with st.container(horizontal=True, vertical_alignment="center"):
            label = f"Ask {job.status.host}"
            pressed = st.button(label, key=f"ask-{job.run_id}", disabled=not owner.is_unlocked())
            _end_button("Give it up here", jobs, job, at_once=True)
            if spec is not None and spec.remote is not None:
                address = f"https://www.kaggle.com/code/{spec.remote}"
                st.markdown(f"[Open it on Kaggle]({address}), to cancel it there", width="content")
        if pressed:
            with frame.error_box(), st.spinner(f"Asking {job.status.host} ..."):
                owner_only()
                backend_of(job.run_id, jobs.root).status(job.run_id)
                st.rerun()
        show_log(jobs, job.run_id, "remote")


def _words(job: Job) -> str:
    if job.status.state is State.STOPPING:
        return "stopping after the step in progress"
    if job.status.state is State.QUEUED:
        return "starting"
    stage = job.status.stage or "Training"
    return stage[0].lower() + stage[1:]


def _last_sign(job: Job) -> str:
    beat = job.status.heartbeat
    if beat is None:
        return "No sign of life yet"
    return f"Last sign of life {formats.duration(max(0.0, (utc_now() - beat).total_seconds()))} ago"


def _stop_button(jobs: LocalBackend, job: Job) -> None:
    """Asks the job to stop, and offers force to whom it lets wait."""
    since = f"stopping-{job.run_id}"
    stopping = job.status.state is State.STOPPING
    if stopping:
        asked = st.session_state.setdefault(since, utc_now())
        if (utc_now() - asked).total_seconds() <= _IMPATIENT:
            return
    else:
        st.session_state.pop(since, None)
    _end_button("End its process" if stopping else "Stop", jobs, job, at_once=stopping)


def _show_waiting(jobs: LocalBackend, waiting: list[Job]) -> None:
    with st.container(border=True):
        st.markdown("**Waiting**")
        for job in waiting:
            with st.container(horizontal=True, vertical_alignment="center"):
                before = "1 job" if job.ahead == 1 else f"{job.ahead} jobs"
                st.markdown(f"{job.run_id}: {before} before it", width="content")
                _end_button("Cancel", jobs, job)


def _end_button(label: str, jobs: LocalBackend, job: Job, *, at_once: bool = False) -> None:
    if st.button(label, key=f"{label}-{job.run_id}", disabled=not owner.is_unlocked()):
        with frame.error_box():
            owner_only()
            backend_of(job.run_id, jobs.root).stop(job.run_id, at_once=at_once)
            st.rerun()


def owner_only() -> None:
    """Stands before every act, whatever was drawn before it.

    Raises:
        JobError: the visitor is not the owner, at this moment.
    """
    if not owner.is_unlocked():
        raise JobError("This is locked. Unlock it at the head of the page.")
