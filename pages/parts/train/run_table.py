"""All jobs and runs: their state and result, and what can be done with the chosen one."""

import io
from functools import partial

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.jobs.backends import backend_of
from fer_core.jobs.base import Job
from fer_core.jobs.local import LocalBackend
from fer_core.runs.packing import pack, packed_files
from fer_core.runs.store import Run, State, set_default_run
from pages.parts.shared import cached, navigation, owner, tables
from pages.parts.train import acts

_LARGEST_DOWNLOAD = 200 * 10**6
"""Bytes of a run folder that is packed in memory."""


def show(jobs: LocalBackend, found: list[Job]) -> None:
    """The table of jobs and runs, the latest first, and what can be done with the chosen one."""
    st.subheader("Runs", anchor=False)
    if not found:
        st.caption("None yet. The first training appears here.")
        return
    st.caption("Select a row to resume, download, delete or compare it.")
    for name, why in cached.unreadable_runs().items():
        st.caption(f"Run {name} is left out: {why}")
    picked = tables.grid(
        _table(found),
        {
            "name": "name",
            "best": tables.percent("best validation"),
            "since": st.column_config.DatetimeColumn("requested (UTC)", format="YYYY-MM-DD HH:mm"),
        },
        # Rows are chosen by number: a table with other rows is another table.
        key=f"jobs-{len(found)}-{found[0].run_id}",
        alt="Jobs and runs with their state, epochs and best validation accuracy",
        shares=("best",),
        on_select="rerun",
        selection_mode="single-row",
        placeholder="–",
    )
    rows = picked.selection.rows
    if rows and rows[0] < len(found):
        _actions(jobs, found[rows[0]], comparable=len(found) > 1)


def _table(found: list[Job]) -> pd.DataFrame:
    served = cached.default_run()
    rows = []
    for job in found:
        status = job.status
        # An active job is shown above with each step; this table changes when a job comes or ends.
        best = None
        if job.run is not None and not job.is_active:
            best = cached.history(job.run)["val_accuracy"].max()
        notes = ["See above."] if job.is_active else []
        if job.run is not None and job.run.config.synthetic:
            notes.append("Drawn faces.")
        if served is not None and served.run_id == job.run_id:
            notes.append("The app's default.")
        if status.state is not State.DONE and not job.is_active:
            notes.append(status.message)
        rows.append(
            {
                "name": job.run_id,
                "state": _state(job),
                "epochs": f"of {status.epochs}"
                if job.is_active
                else f"{status.epoch} of {status.epochs}",
                "best": best,
                "since": job.since,
                "remark": " ".join(note for note in notes if note),
            }
        )
    return pd.DataFrame(rows).astype({"best": float})


def _state(job: Job) -> str:
    """Its state; of an active one by its place in the queue, which changes with the table only."""
    if job.ahead is None:
        return job.status.state.value
    return (State.QUEUED if job.ahead else State.RUNNING).value


def _actions(jobs: LocalBackend, job: Job, *, comparable: bool) -> None:
    with st.container(border=True):
        st.markdown(f"**{job.run_id}**: {job.status.message or f'{job.status.state.value}.'}")
        if job.run is not None:
            _links(job.run, comparable=comparable)
        name = job.run_id
        with st.container(horizontal=True):
            if job.status.state in (State.STOPPED, State.FAILED):
                resume = partial(backend_of(name, jobs.root).resume, name)
                acts.button("Resume", name, resume, f"'{name}' waits for its turn.")
            if job.run is not None and job.run.onnx_path.exists() and job.run.has_predictions():
                act = partial(set_default_run, name, jobs.root)
                acts.button("Make it the app's default", name, act, f"The app uses '{name}'.")
            if job.run is not None and not job.is_active:
                _download(job.run)
            if not job.is_active:
                with st.popover(
                    "Delete", disabled=not owner.is_unlocked(), key=f"ask-delete-{name}"
                ):
                    st.write(f"Deletes the folder of '{name}' with everything in it.")
                    delete = partial(jobs.delete, name)
                    acts.button("Delete it", name, delete, f"'{name}' is deleted.")
        acts.show_log(jobs, name, "history")


def _links(run: Run, *, comparable: bool) -> None:
    """Ways to the pages that show the run."""
    with st.container(horizontal=True, gap="medium"):
        if run.has_predictions():
            own = {"run": run.run_id}
            st.page_link(navigation.EVALUATION, label="Its test report", query_params=own)
            if comparable:
                both = own | {"section": "Two runs"}
                st.page_link(
                    navigation.EVALUATION, label="Compare it with another run", query_params=both
                )
        st.page_link(
            navigation.CURVES, label="Its curves, beside others", query_params={"runs": run.run_id}
        )


def _download(run: Run) -> None:
    """The run folder as a ZIP, made when the button is pressed."""

    def packed() -> bytes:
        buffer = io.BytesIO()
        pack(run, buffer)
        return buffer.getvalue()

    size = sum(path.stat().st_size for path in packed_files(run))
    too_large = size > _LARGEST_DOWNLOAD
    unlocked = owner.is_unlocked()
    st.download_button(
        "Download the run (ZIP)",
        packed if unlocked else b"",
        file_name=f"{run.run_id}.zip",
        mime="application/zip",
        on_click="ignore",
        disabled=too_large or not unlocked,
        help=(
            f"{formats.megabytes(size)}, more than the {formats.megabytes(_LARGEST_DOWNLOAD)} that "
            "can be packed here. Copy its folder from the server."
            if too_large
            else f"{formats.megabytes(size)}: the run folder without checkpoint and log. Unpack it "
            "into artifacts/runs of another copy of this app."
        ),
        key=f"download-{run.run_id}",
    )
