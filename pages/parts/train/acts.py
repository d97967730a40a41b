"""What the owner does to jobs and runs: each act asks again who does it, and is told once."""

from collections.abc import Callable

import streamlit as st

from fer_core.errors import JobError
from fer_core.jobs.local import LocalBackend
from pages.parts.shared import frame, owner

_DONE = "train-done"
"""In the session: what the page says once, at the next run."""
_LOG_LINES = 30


def button(label: str, run_id: str, act: Callable[[], object], done: str = "") -> None:
    """A button of the owner's: what it does, and what the page says afterwards."""
    if st.button(label, key=f"{label}-{run_id}", disabled=not owner.is_unlocked()):
        do(act, done)


def do(act: Callable[[], object], done: str = "") -> None:
    """Does it, if the visitor is the owner at this moment, and draws the page again."""
    with frame.error_box():
        if not owner.is_unlocked():
            raise JobError("This is locked. Unlock it at the top of the page.")
        act()
        tell(done)
        st.rerun()


def tell(done: str) -> None:
    """Leaves a sentence for the next run of the page."""
    if done:
        st.session_state[_DONE] = done


def tell_done() -> None:
    """Shows what was left, once."""
    if done := st.session_state.pop(_DONE, ""):
        st.success(done)


def show_log(jobs: LocalBackend, run_id: str, place: str) -> None:
    """The log's end in a box, read only while it is open. For the owner: it names paths.

    There may be one in each `place` of the page for a run.
    """
    box = st.expander("Log", key=f"log-{place}-{run_id}", on_change="rerun")
    if not box.open:
        return
    with box:
        if owner.is_unlocked():
            st.code(jobs.logs(run_id, _LOG_LINES) or "Nothing was printed yet.", language=None)
        else:
            st.caption("The log is for the owner of this server.")
