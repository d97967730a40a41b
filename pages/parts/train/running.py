"""Jobs that wait or run: how far, how long still, curves, log, stop."""

from contextlib import nullcontext

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.config import TrainConfig
from fer_core.evaluation.history import with_new_losses
from fer_core.jobs.backends import backend_of
from fer_core.jobs.base import DataSource, Job, read_spec
from fer_core.jobs.duration import expected
from fer_core.jobs.local import LocalBackend
from fer_core.jobs.pace import Pace, pace
from fer_core.models.classical.systems import CLASSIC
from fer_core.plots.history import Metric, in_words, run_figure
from fer_core.plots.run_styles import styles
from fer_core.runs.store import HISTORY_COLUMNS, State, utc_now
from pages.parts.shared import cached, charts, frame
from pages.parts.shared.messages import as_written
from pages.parts.train import acts, machine, sweeps

_REFRESH = 2.0
"""Seconds between two looks at what runs."""
_IDLE_REFRESH = 10.0
"""The same where nothing did."""
_NO_HISTORY = pd.DataFrame(columns=[*HISTORY_COLUMNS, "phase"])
_ASKED_AGAIN = "It is asked again every few seconds; the training may go on there meanwhile."
_IMPATIENT = 20.0
"""Seconds after which a requested stop may be forced."""


def show(jobs: LocalBackend, found: list[Job]) -> None:
    """Draws every job of `found` that waits or runs, again and again while there is one. Where none
    does it looks now and then, as another window or a command may start one.
    """
    names = {job.run_id for job in found if job.is_active}
    swept = sweeps.running()

    @frame.fragment(run_every=_REFRESH if names else _IDLE_REFRESH)
    def draw() -> None:
        active = [job for job in jobs.list() if job.is_active]
        if {job.run_id for job in active} != names or sweeps.running() != swept:
            st.rerun()  # one has come or gone: the whole page changes
        for job in active:
            if job.status.host and not job.is_followed:
                _show_remote(jobs, job)
            elif not job.ahead:
                _show_running(jobs, job)
        waiting = sorted((job for job in active if job.ahead), key=lambda job: job.ahead or 0)
        if waiting:
            _show_waiting(jobs, waiting)

    if swept:
        st.caption(f"The sweep '{swept[0]}' runs: see Sweeps below.")
    elif not names:
        st.caption("Nothing is running.")
    draw()


def _show_running(jobs: LocalBackend, job: Job) -> None:
    status = job.status
    history = cached.history(job.run) if job.run is not None else _NO_HISTORY
    network = job.train if job.train is not None and job.train.model not in CLASSIC else None
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            where = f" on {status.host}" if status.host else ""
            st.markdown(f"**{job.run_id}**{where}: {_stage(job)}", width="stretch")
            _stop_button(jobs, job)
        if status.message:
            said = as_written(status.message)
            st.warning(f"{said} {_ASKED_AGAIN}" if status.host else said)
        if network is not None:
            found = pace(job, history)
            left = _left(job, network, found, jobs)
            step = f", step {status.step} of {status.steps}" if status.steps else ""
            epoch = network.epoch_in_words(min(status.epoch + 1, status.epochs))
            st.progress(found.share, f"{epoch.capitalize()}{step}{left}")
            with st.container(horizontal=True, gap="large", key=f"pace-{job.run_id}"):
                speed, seconds = found.images_per_second, found.epoch_seconds
                st.metric("Images per second", f"{speed:,.0f}" if speed else "–", width="content")
                epoch = formats.duration(seconds) if seconds else "–"
                st.metric("Time per epoch", epoch, width="content")
        load = "" if status.host else f"; {machine.load(status.pid)}"
        is_away = status.host and status.message
        st.caption(f"{_last_update(job, 'asked' if is_away else 'update')}{load}.")
        if network is not None:
            _show_curves(job.run_id, with_new_losses(history, network), status.epochs)
        acts.show_log(jobs, job.run_id, "running")


def _left(job: Job, network: TrainConfig, found: Pace, jobs: LocalBackend) -> str:
    """How long still; before anything is measured how long in all, where that is known."""
    if found.seconds_left is not None:
        left = formats.duration(found.seconds_left)
        return f", about {left} left" if found.seconds_left else ""
    data = job.spec.data if job.spec is not None else DataSource.FER2013
    known = expected(network, data, jobs.root) if not job.status.host else None
    return f", about {formats.duration(known.seconds)} in all" if known else ""


def _show_curves(run_id: str, history: pd.DataFrame, epochs: int) -> None:
    """Both metrics side by side, small; axes for all `epochs` alone before the first has ended, so
    that nothing below them moves when it does.
    """
    style = styles(run.run_id for run in reversed(cached.runs())).get(run_id)
    metrics = (Metric.ACCURACY, Metric.LOSS)
    for column, metric in zip(st.columns(2, gap="medium"), metrics, strict=True):
        with column:
            charts.show(
                run_figure(history, metric, height=280, style=style, epochs=epochs),
                f"{run_id}: {in_words(history, metric)}.",
                key=f"job-{metric.value}-{run_id}",
            )


def _show_remote(jobs: LocalBackend, job: Job) -> None:
    """A job on another machine: what it said last, and a button that asks again."""
    spec, host = read_spec(jobs.root / job.run_id), job.status.host

    def ask() -> None:
        with st.spinner(f"Asking {host} ..."):
            backend_of(job.run_id, jobs.root).status(job.run_id)

    with st.container(border=True):
        st.markdown(f"**{job.run_id}**: {job.status.state.value} on {host}")
        done = f"{job.status.epoch} of {formats.counted(job.status.epochs, 'epoch')}"
        st.caption(f"{done} when last asked. {_last_update(job)}.")
        with st.container(horizontal=True, vertical_alignment="center"):
            acts.button(f"Ask {host}", job.run_id, ask, refreshes=True)
            _end_button("Stop following it", jobs, job, at_once=True)
            if spec is not None and spec.remote is not None:
                address = f"https://www.kaggle.com/code/{spec.remote}"
                st.markdown(f"[Open it on Kaggle]({address}) to cancel it there", width="content")
        acts.show_log(jobs, job.run_id, "remote")


def _show_waiting(jobs: LocalBackend, waiting: list[Job]) -> None:
    with st.container(border=True):
        st.markdown("**Waiting**")
        for job in waiting:
            with st.container(horizontal=True, vertical_alignment="center"):
                before = formats.counted(job.ahead or 0, "job")
                st.markdown(f"{job.run_id}: {before} before it", width="content")
                _end_button("Cancel", jobs, job)


def _stage(job: Job) -> str:
    if job.status.state is State.STOPPING:
        return "stopping after the current step"
    if job.status.state is State.QUEUED and not job.status.host:
        return "starting"
    stage = job.status.stage or "Training"
    return stage[0].lower() + stage[1:]


def _last_update(job: Job, what: str = "update") -> str:
    beat = job.status.heartbeat
    if beat is None:
        return "No update yet"
    return f"Last {what} {formats.duration(max(0.0, (utc_now() - beat).total_seconds()))} ago"


def _stop_button(jobs: LocalBackend, job: Job) -> None:
    """Asks the job to stop, and offers force where it does not in time."""
    since = f"stopping-{job.run_id}"
    by_force = "Stop following it" if job.status.host else "End its process"
    if job.status.host and job.status.message:  # the cluster does not answer, so it cannot be asked
        _end_button(by_force, jobs, job, at_once=True)
    elif job.status.state is not State.STOPPING:
        st.session_state.pop(since, None)
        _end_button("Stop", jobs, job)
    else:
        asked = st.session_state.setdefault(since, utc_now())
        if (utc_now() - asked).total_seconds() > _IMPATIENT:
            _end_button(by_force, jobs, job, at_once=True)


def _end_button(label: str, jobs: LocalBackend, job: Job, *, at_once: bool = False) -> None:
    def stop() -> None:
        with st.spinner(f"Asking {job.status.host} ...") if job.status.host else nullcontext():
            backend_of(job.run_id, jobs.root).stop(job.run_id, at_once=at_once)

    acts.button(label, job.run_id, stop, refreshes=True)
