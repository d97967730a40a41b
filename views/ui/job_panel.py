"""Jobs that wait or run: how far, how long still, curves, log, stop."""

import pandas as pd
import streamlit as st

from fer_core.jobs.base import Job, JobBackend
from fer_core.jobs.progress import in_words, pace
from fer_core.runs.store import State, utc_now
from views.ui import cached, charts, frame, machine, owner
from views.ui.curve_charts import Metric, curve_figure
from views.ui.curve_labels import styles

REFRESH = 2.0
"""Seconds between two looks at what runs."""
_LOG_LINES = 30
_IMPATIENT = 20.0
"""Seconds after which a stop that was asked for may be forced."""


def section(jobs: JobBackend) -> None:
    """Draws every job that waits or runs and looks again while there is one."""
    active = [job for job in jobs.list() if job.is_active]
    names = [job.run_id for job in active]

    @st.fragment(run_every=REFRESH if active else None)
    def draw() -> None:
        now = [job for job in jobs.list() if job.is_active]
        if [job.run_id for job in now] != names:
            st.rerun()  # one has come or gone: the whole page changes
        running = [job for job in now if not job.ahead]
        waiting = sorted((job for job in now if job.ahead), key=lambda job: job.ahead or 0)
        for job in running:
            _show_running(jobs, job)
        if waiting:
            _show_waiting(jobs, waiting)

    if not active:
        st.caption("Nothing runs at the moment.")
    draw()


def _show_running(jobs: JobBackend, job: Job) -> None:
    status = job.status
    history = cached.history(job.run) if job.run is not None else None
    with st.container(border=True):
        st.markdown(f"**{job.run_id}**: {_words(job)}")
        if history is not None and status.epochs:
            found = pace(job, history)
            left = f", about {in_words(found.seconds_left)} left" if found.seconds_left else ""
            step = f", step {status.step} of {status.steps}" if status.steps else ""
            st.progress(
                found.share,
                f"Epoch {min(status.epoch + 1, status.epochs)} of {status.epochs}{step}{left}",
            )
            rate, epoch = st.columns(2)
            speed = found.images_per_second
            rate.metric("Images a second", f"{speed:,.0f}" if speed else "–")
            seconds = found.epoch_seconds
            epoch.metric("An epoch", in_words(seconds) if seconds else "–")
        st.caption(f"{_last_sign(job)}; {machine.load(status.pid)}.")
        _stop_button(jobs, job)
        if history is not None and len(history):
            _show_curves(job.run_id, history)
        show_log(jobs, job.run_id)


def _words(job: Job) -> str:
    if job.status.state is State.STOPPING:
        return "stopping after the step in progress"
    if job.status.state is State.QUEUED:
        return "it is its turn"
    return (job.status.stage or "Training").lower()


def _last_sign(job: Job) -> str:
    beat = job.status.heartbeat
    if beat is None:
        return "No sign of life yet"
    return f"Last sign of life {in_words(max(0.0, (utc_now() - beat).total_seconds()))} ago"


def _show_curves(run_id: str, table: pd.DataFrame) -> None:
    drawn_as = styles([run_id], "")
    for column, metric in zip(
        st.columns(2, gap="medium"), (Metric.ACCURACY, Metric.LOSS), strict=True
    ):
        with column:
            last = table.iloc[-1]
            charts.show(
                curve_figure(
                    {run_id: table},
                    drawn_as,
                    metric,
                    0.0,
                    title=f"{metric.value.capitalize()} so far",
                    log=False,
                ),
                f"{metric.value.capitalize()} of {run_id} after {len(table)} epochs: training "
                f"{last[metric.columns[0]]:.3f}, validation {last[metric.columns[-1]]:.3f}.",
                key=f"job-{metric.value}-{run_id}",
            )


def _stop_button(jobs: JobBackend, job: Job) -> None:
    unlocked = owner.is_unlocked()
    stopping = job.status.state is State.STOPPING
    asked = st.session_state.get(f"asked-{job.run_id}")
    forced = stopping and asked and (utc_now() - asked).total_seconds() > _IMPATIENT
    if stopping and not forced:
        return
    label = "End its process" if forced else "Stop"
    if st.button(label, key=f"stop-{job.run_id}", disabled=not unlocked) and owner.is_unlocked():
        st.session_state[f"asked-{job.run_id}"] = utc_now()
        with frame.error_box():
            jobs.stop(job.run_id, at_once=bool(forced))


def _show_waiting(jobs: JobBackend, waiting: list[Job]) -> None:
    unlocked = owner.is_unlocked()
    with st.container(border=True):
        st.markdown("**Waiting**")
        for job in waiting:
            with st.container(horizontal=True, vertical_alignment="center"):
                before = "1 job" if job.ahead == 1 else f"{job.ahead} jobs"
                st.markdown(f"{job.run_id}: {before} before it", width="content")
                pressed = st.button("Cancel", key=f"cancel-{job.run_id}", disabled=not unlocked)
                if pressed and owner.is_unlocked():
                    with frame.error_box():
                        jobs.stop(job.run_id)


def show_log(jobs: JobBackend, run_id: str) -> None:
    """The log's tail in a box, read only while it is open. For the owner: it names paths."""
    box = st.expander("Log", key=f"log-{run_id}", on_change="rerun")
    if not box.open:
        return
    with box:
        if not owner.is_unlocked():
            st.caption("The log is for the owner of this server.")
            return
        st.code(jobs.logs(run_id, _LOG_LINES) or "Nothing was printed yet.", language=None)
