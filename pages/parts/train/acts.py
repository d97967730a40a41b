"""What the owner does to jobs and runs: each act asks again who does it."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from fer_core.config import TrainConfig
from fer_core.data.label_review import Review
from fer_core.errors import JobError
from fer_core.jobs.base import DataSource, KerasBackend
from fer_core.jobs.local import LocalBackend
from pages.parts.shared import frame, owner

_DONE = "train-done"
"""In the session: what the page says once, at the next run."""
_REFUSED = "train-refused"
"""In the session: why what was asked for last was not done, told once, at the next run."""
_TO_TOP = "train-to-top"
"""In the session: whether the next run begins at the top, where what was started is shown."""
_SCROLL = Path(__file__).with_name("to_top.html")
_LOG_LINES = 30


def button(
    label: str,
    run_id: str,
    act: Callable[[], object],
    done: str = "",
    *,
    to_top: bool = False,
    place: str = "",
    refreshes: bool = False,
) -> None:
    """A button of the owner's: what it does, and what the page says afterwards; nothing of a
    job's state, which the job itself shows. A run may have one in each `place` of the page.

    A part that `refreshes` by itself would wipe out an error, which is then told on top.
    """
    if st.button(label, key=f"{label}-{run_id}{place}", disabled=not owner.is_unlocked()):
        do(act, done, to_top=to_top, tell=_tell_on_top if refreshes else frame.show_error)


def _tell_on_top(error: str) -> None:
    st.session_state[_REFUSED] = error
    st.rerun()


def do(
    act: Callable[[], object],
    done: str = "",
    *,
    to_top: bool = False,
    tell: Callable[[str], None] = frame.show_error,
) -> None:
    """Does it, if the visitor is the owner at this moment, and draws the page again."""
    with frame.error_box(tell):
        if not owner.is_unlocked():
            raise JobError("This is locked. Unlock it at the top of the page.")
        act()
        st.session_state[_DONE] = done
        st.session_state[_TO_TOP] = to_top
        st.rerun()


def start(
    jobs: LocalBackend,
    config: TrainConfig,
    run_id: str | None,
    data: DataSource,
    backend: KerasBackend | None,
    label_review: Review | None = None,
    then: Callable[[], object] = lambda: None,
) -> None:
    """Queues a training, does `then`, and goes to the top of the page, where it is shown."""

    def submit() -> None:
        jobs.submit(config, run_id, data, backend, label_review=label_review)
        then()

    do(submit, to_top=True)


def tell_done() -> None:
    """Shows, once, what an act has left to say, and goes to the top if it asked for that."""
    if done := st.session_state.pop(_DONE, ""):
        st.success(done)
    if refused := st.session_state.pop(_REFUSED, ""):
        frame.show_error(refused)
    if st.session_state.pop(_TO_TOP, False):
        st.html(_SCROLL.read_text(encoding="utf-8"), unsafe_allow_javascript=True)


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
