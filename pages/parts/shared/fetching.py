"""The data set that fetches itself: `FER_FETCH_DATA=auto`, in the secrets or the environment.

A host as Streamlit Community Cloud forgets the data set at each restart. So one thread of the
process downloads it once the server is up, and prepares what pages read of it; pages say
meanwhile how far it is, and wait for nothing. Other processes of the same
machine wait at the lock of `fer_core.data.download` and then find the work done.
"""

import functools
import logging
import threading
import time

import streamlit as st

from fer_core import paths
from fer_core.data import cache, fer2013
from pages.parts.shared import install, settings
from pages.parts.shared.messages import as_written

AGAIN_SECONDS = 900.0
"""After a failed attempt, before a visitor sets off the next one."""

_NO = ("", "no", "off", "false", "0", "none")
_log = logging.getLogger(__name__)
_lock = threading.Lock()
_state = {"not_before": 0.0}


def start_if_asked() -> None:
    """Sets the work off where it is asked for and not done yet; every page calls it."""
    asked = settings.read(paths.FETCH_DATA_VARIABLE)
    if asked.lower() != "auto":
        if asked.lower() not in _NO:
            _warn(asked)
        return
    job = install.installer()
    with _lock:
        if job.running or job.cancelled or time.monotonic() < _state["not_before"]:
            return
        # Where it succeeds nothing is left to do; what fails is tried again after a while.
        _state["not_before"] = time.monotonic() + AGAIN_SECONDS
        missing = not fer2013.is_available()
        if missing or not job.prepared:
            job.start(_everything, hides=missing)


@functools.cache
def _warn(asked: str) -> None:
    """Tells the server's owner, once, that the value means nothing."""
    _log.warning(
        "%s is '%s', which means nothing, so no data set is fetched. Set it to auto, or leave it "
        "out.",
        paths.FETCH_DATA_VARIABLE,
        asked,
    )


def forget() -> None:
    """Lets the next page begin anew; for tests."""
    _state["not_before"] = 0.0


def _everything(report: install.Report) -> None:
    """Downloads what is missing, decodes it and looks at each image once."""
    if not fer2013.is_available():
        install.from_kaggle(report)
        return
    install.installer().hides = not cache.is_decoded(paths.data_dir())
    install.prepare(report)


def tell_state() -> bool:
    """Says where images are missing how far they are, or why they could not be fetched; whether
    there was anything to say.
    """
    job = install.installer()
    if job.running and job.hides:
        from pages.parts.shared import frame  # whose caches ask for a server that has begun

        frame.fragment(run_every=1.0)(_show_progress)()
        return True
    if job.message:
        st.caption(f"The images could not be fetched: {as_written(job.message)}")
        return True
    return False


def _show_progress() -> None:
    """How far the work is; the page is drawn anew when it ends."""
    job = install.installer()
    if not (job.running and job.hides):
        st.rerun()
    show_step()


def show_step() -> None:
    """The step that the work is at, as a bar."""
    job = install.installer()
    what, done, total = job.step
    words = f"{what}: {done:,} of {total:,}" if total else what
    st.progress(job.fraction, f"The images are being fetched. {words}")
