"""The job that ended last: what became of it, and where its result is."""

from datetime import UTC, datetime, timedelta
from functools import partial

import streamlit as st

from fer_core import formats
from fer_core.jobs.backends import backend_of
from fer_core.jobs.base import Job
from fer_core.jobs.local import LocalBackend
from fer_core.runs.store import Run, State, utc_now
from pages.parts.shared import cached, navigation
from pages.parts.shared.messages import as_written
from pages.parts.train import acts

_NEVER = datetime.min.replace(tzinfo=UTC)
_NEWS = timedelta(days=1)
"""After this an end is told by the table of runs alone."""


def show(jobs: LocalBackend, found: list[Job]) -> None:
    """Draws it from its folder, so every window, now or after a restart, says the same."""
    ended = [job for job in found if not job.is_active and job.spec is not None]
    job = max(ended, key=lambda job: job.status.heartbeat or _NEVER, default=None)
    if job is None or utc_now() - (job.status.heartbeat or _NEVER) > _NEWS:
        return
    name, state = job.run_id, job.status.state
    with st.container(key="ended"):
        if state is State.DONE:
            st.success(f"'{name}' is done{_result(job.run)}.", icon=":material/check_circle:")
        elif state is State.FAILED:
            st.error(
                f"'{name}' failed{_reached(job)}. {as_written(job.status.message)}",
                icon=":material/error:",
            )
        else:
            words = f"'{name}' is stopped{_reached(job)}. {as_written(job.status.message)}"
            st.info(words, icon=":material/pause_circle:")
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            if state is not State.DONE:
                resume_button(jobs, job, "ended")
            if job.run is not None:
                show_links(job.run)
        if state is not State.DONE:
            acts.show_log(jobs, name, "ended")


def _result(run: Run | None) -> str:
    """What it is right on, where that is known."""
    accuracy = float("nan") if run is None else cached.test_accuracy(run)
    if run is None or accuracy != accuracy:
        return ""
    images = "test images"
    if run.config.synthetic:
        images = "drawn test faces, which says nothing about people"
    return f": right on {formats.percent(accuracy)} of its {images}"


def _reached(job: Job) -> str:
    status = job.status
    return f" after epoch {status.epoch} of {status.epochs}" if status.epoch else ""


def show_links(run: Run) -> None:
    """Ways to the pages that show the run, to be drawn in a row."""
    if run.config.temporal is not None:
        network = run.config.temporal.features_of[0]
        st.page_link(
            navigation.EVALUATION,
            label="Its figures over time",
            icon=":material/timeline:",
            query_params={"run": network, "section": "Over time"},
        )
        return
    runs, own = {"runs": run.run_id}, {"run": run.run_id}
    st.page_link(
        navigation.CURVES, label="Its curves", icon=":material/show_chart:", query_params=runs
    )
    if run.has_predictions():
        st.page_link(
            navigation.EVALUATION,
            label="Its evaluation",
            icon=":material/grid_on:",
            query_params=own,
        )
    if run.onnx_path.exists() and run.has_predictions():
        st.page_link(
            navigation.UPLOAD,
            label="Try it on a picture",
            icon=":material/add_photo_alternate:",
            query_params={"model": run.run_id},
        )


def resume_button(jobs: LocalBackend, job: Job, place: str) -> None:
    """Continues a stopped or failed job; there may be one in each `place` of the page."""
    resume = partial(backend_of(job.run_id, jobs.root).resume, job.run_id)
    acts.button("Resume", job.run_id, resume, to_top=True, place=place)
