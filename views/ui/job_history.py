"""Everything that was trained: what came of it, and what can be done with it."""

import io
import zipfile
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from fer_core.errors import RunError
from fer_core.jobs.base import Job
from fer_core.jobs.local import LocalBackend
from fer_core.runs.store import Run, State, set_default_run
from views.ui import cached, frame, job_panel, owner

_LARGEST_DOWNLOAD = 200 * 10**6
"""Bytes of a run folder that is packed in memory."""


def section(jobs: LocalBackend) -> None:
    """The table of jobs and runs, and what can be done with the chosen one."""
    st.subheader("What was trained", anchor=False)
    found = jobs.list()
    if not found:
        st.caption("Nothing yet. The first training appears here and stays.")
        return
    st.caption("Choose a row to see what can be done with it.")
    picked = st.dataframe(
        _table(found),
        hide_index=True,
        key="jobs",
        on_select="rerun",
        selection_mode="single-row",
        alt="Jobs and runs with their state, epochs and best validation accuracy",
        column_config={
            "name": st.column_config.TextColumn("name", pinned=True),
            "best": st.column_config.NumberColumn("best validation", format="%.1f %%"),
            "since": st.column_config.DatetimeColumn("asked for (UTC)", format="YYYY-MM-DD HH:mm"),
        },
    )
    rows = picked.selection.rows
    if rows and rows[0] < len(found):
        _actions(jobs, found[rows[0]])


def _table(found: list[Job]) -> pd.DataFrame:
    served = cached.default_run()
    rows = []
    for job in found:
        history = cached.history(job.run) if job.run is not None else pd.DataFrame()
        best = history["val_accuracy"].max() if len(history) else float("nan")
        notes = [job.status.message] if job.status.state is not State.DONE else []
        if job.run is not None and job.run.config.synthetic:
            notes.append("drawn faces")
        if served is not None and served.run_id == job.run_id:
            notes.append("the app's default")
        rows.append(
            {
                "name": job.run_id,
                "state": job.status.state.value,
                "epochs": f"{job.status.epoch} of {job.status.epochs}",
                "best": 100 * best,
                "since": job.since,
                "remark": " ".join(note for note in notes if note),
            }
        )
    return pd.DataFrame(rows)


def _actions(jobs: LocalBackend, job: Job) -> None:
    unlocked = owner.is_unlocked()
    with st.container(border=True):
        st.markdown(f"**{job.run_id}**: {job.status.state.value}. {job.status.message}")
        if job.run is not None:
            _links(job.run)
        with st.container(horizontal=True):
            if job.status.state in (State.STOPPED, State.FAILED):
                _button("Resume", job, partial(jobs.resume, job.run_id), unlocked=unlocked)
            if job.run is not None and job.run.onnx_path.exists():
                act = partial(set_default_run, job.run_id, jobs.root)
                _button("Make it the app's default", job, act, unlocked=unlocked)
            if job.run is not None and not job.is_active:
                _download(job.run, unlocked=unlocked)
            if not job.is_active:
                _delete(jobs, job, unlocked=unlocked)
        job_panel.show_log(jobs, job.run_id)


def _links(run: Run) -> None:
    """Ways to the pages that show the run."""
    with st.container(horizontal=True, gap="medium"):
        if run.has_predictions():
            st.page_link(
                frame.EVALUATION, label="Its test report", query_params={"run": run.run_id}
            )
        st.page_link(
            frame.CURVES, label="Its curves, beside others", query_params={"runs": run.run_id}
        )


def _button(label: str, job: Job, act: partial[object], *, unlocked: bool) -> None:
    if st.button(label, key=f"{label}-{job.run_id}", disabled=not unlocked):
        with frame.error_box():
            if not owner.is_unlocked():
                raise RunError("This is locked. Unlock it above.")
            act()
            st.session_state["train-said"] = f"{label}: '{job.run_id}'."
            st.rerun()


def _download(run: Run, *, unlocked: bool) -> None:
    size = sum(path.stat().st_size for path in _files(run))
    st.download_button(
        "Download the run (ZIP)",
        partial(_packed, run),
        file_name=f"{run.run_id}.zip",
        mime="application/zip",
        on_click="ignore",
        disabled=not unlocked or size > _LARGEST_DOWNLOAD,
        help="The run folder without checkpoint and log. Unpack it into artifacts/runs.",
        key=f"download-{run.run_id}",
    )


def _files(run: Run) -> list[Path]:
    return [
        path
        for path in sorted(run.folder.iterdir())
        if path.is_file() and not path.name.startswith(".") and path.suffix != ".log"
    ]


def _packed(run: Run) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        for path in _files(run):
            file.write(path, f"{run.run_id}/{path.name}")
    return buffer.getvalue()


def _delete(jobs: LocalBackend, job: Job, *, unlocked: bool) -> None:
    """Asks once more before anything is lost."""
    with st.popover("Delete", disabled=not unlocked, key=f"ask-delete-{job.run_id}"):
        st.write(f"Deletes the folder of '{job.run_id}' with everything that it trained.")
        _button("Delete it", job, partial(jobs.delete, job.run_id), unlocked=unlocked)
