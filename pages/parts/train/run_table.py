"""Jobs and runs that have ended: their result, and what can be done with the chosen one."""

import io
from functools import partial

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.errors import RunError
from fer_core.evaluation.provenance import in_short
from fer_core.jobs.base import Job
from fer_core.jobs.local import LocalBackend
from fer_core.runs.packing import pack, packed_files
from fer_core.runs.store import Run, State, set_default_run
from fer_core.runs.table import validation_accuracy
from pages.parts.shared import cached, navigation, owner, tables
from pages.parts.shared.messages import as_written
from pages.parts.train import acts, ended

_LARGEST_DOWNLOAD = 200 * 10**6
"""Bytes of a run folder that is packed in memory."""


def show(jobs: LocalBackend, found: list[Job]) -> None:
    """The table of jobs and runs that have ended, the latest first, and what can be done with the
    chosen one. What waits or runs is shown at the top alone, with each step.
    """
    past = [job for job in found if not job.is_active]
    st.subheader("Runs", anchor=False)
    if not past:
        st.caption("None yet. A training appears here when it has ended.")
        return
    st.caption("Select a row to resume, download, delete or compare it.")
    for name, why in cached.unreadable_runs().items():
        st.caption(as_written(f"Run {name} is left out: {why}"))
    picked = tables.grid(
        _table(past),
        {
            "name": "name",
            "validation": tables.percent(
                "validation",
                width=90,
                help="Accuracy of the exported model; of the best epoch where there is none yet.",
            ),
            "remark": st.column_config.Column("remark", width=310),
            "state": st.column_config.Column("state", width=70),
            "epochs": st.column_config.Column("epochs", width=90),
            "since": st.column_config.DatetimeColumn(
                "requested (UTC)", format="YYYY-MM-DD HH:mm", width=130
            ),
        },
        # Rows are chosen by number: a table with other rows is another table.
        key=f"jobs-{len(past)}-{past[0].run_id}",
        alt="Jobs and runs with their state, epochs and validation accuracy",
        shares=("validation",),
        on_select="rerun",
        selection_mode="single-row",
        placeholder="–",
    )
    rows = picked.selection.rows
    if rows and rows[0] < len(past):
        _actions(jobs, past[rows[0]], comparable=len(past) > 1)


def _table(past: list[Job]) -> pd.DataFrame:
    served = cached.default_run()
    rows = []
    for job in past:
        status, notes = job.status, []
        if job.run is not None and job.run.config.synthetic:
            notes.append("Drawn faces.")
        if served is not None and served.run_id == job.run_id:
            notes.append("The app's default.")
        if status.state is not State.DONE:
            notes.append(status.message)
        if job.run is not None and (temporal := job.run.config.temporal) is not None:
            network = temporal.features_of[0]
            notes.insert(
                0, f"Smooths the answers of {network} in videos; validated on frames of clips."
            )
        epochs = f"{status.epoch} of {status.epochs}"
        if job.run is not None and job.run.config.is_derived:
            epochs = ""
            notes.insert(0, f"Nothing was trained: {in_short(job.run)}.")
        rows.append(
            {
                "name": job.run_id,
                "validation": _validation(job.run),
                "remark": " ".join(note for note in notes if note),
                "state": status.state.value,
                "epochs": epochs,
                "since": job.since,
            }
        )
    return pd.DataFrame(rows).astype({"validation": float})


def _can_be_default(run: Run | None) -> bool:
    served = cached.default_run()
    return (
        run is not None
        and not run.config.synthetic
        and run.onnx_path.exists()
        and run.has_predictions()
        and (served is None or served.run_id != run.run_id)
    )


def _validation(run: Run | None) -> float:
    if run is None:
        return float("nan")
    try:
        predictions = cached.predictions(run)
    except RunError:
        predictions = None
    return validation_accuracy(cached.history(run), predictions)


def _actions(jobs: LocalBackend, job: Job, *, comparable: bool) -> None:
    name = job.run_id
    with st.container(border=True):
        st.markdown(f"**{name}**: {as_written(job.status.message or f'{job.status.state.value}.')}")
        if job.run is not None:
            with st.container(horizontal=True, gap="medium"):
                ended.show_links(job.run)
                if comparable and job.run.has_predictions():
                    _comparison_link(name)
        with st.container(horizontal=True):
            if job.status.state in (State.STOPPED, State.FAILED):
                ended.resume_button(jobs, job, "table")
            if _can_be_default(job.run):
                act = partial(set_default_run, name, jobs.root)
                acts.button("Make it the app's default", name, act, f"The app uses '{name}'.")
            if job.run is not None:
                _download(job.run)
            with st.popover("Delete", disabled=not owner.is_unlocked(), key=f"ask-delete-{name}"):
                st.write(f"Deletes the folder of '{name}' with everything in it.")
                delete = partial(jobs.delete, name)
                acts.button("Delete it", name, delete, f"'{name}' is deleted.")
        acts.show_log(jobs, name, "history")


def _comparison_link(name: str) -> None:
    both = {"run": name, "section": "Compare"}
    st.page_link(
        navigation.EVALUATION,
        label="Compare it with another run",
        icon=":material/compare_arrows:",
        query_params=both,
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
