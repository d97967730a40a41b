"""What the Dataset page shows where the images are not on this machine: how to get them."""

import streamlit as st

from fer_core.data.download.fetch import DATASET_URL
from pages.parts.dataset import install
from pages.parts.shared import frame, owner


def show(instead: str) -> None:
    """Why there are no pictures, and the ways to get them.

    Args:
        instead: a sentence on what stands there without them.
    """
    with st.container(border=True):
        st.subheader("The images are not on this machine", anchor=False)
        st.write(
            f"{instead} The images come from [Kaggle]({DATASET_URL}), 64 MB, without an account."
        )
        _installer()
        if install.local_paths_allowed() and not install.installer().running:
            path = st.text_input(
                "Or a ZIP or folder on this computer",
                key="local-path",
                placeholder="/home/me/Downloads/archive.zip",
            )
            if st.button("Use it", disabled=not path):
                with frame.error_box():
                    install.installer().start(install.from_path(path))
                    st.rerun()


def _progress() -> None:
    """How far the attempt is that somebody has started; ends in a rerun of the page."""
    job = install.installer()
    if not job.running:
        st.rerun()
    what, done, total = job.step
    st.progress(job.fraction, f"{what}: {done:,} of {total:,}" if total else what)
    st.button("Cancel", on_click=_cancel, disabled=not owner.is_unlocked())


def _cancel() -> None:
    """Asks again: the button may have been drawn before it was locked."""
    if owner.is_unlocked():
        install.installer().cancel()


def _installer() -> None:
    """The button, or the progress of the attempt that somebody has started."""
    job = install.installer()
    if job.running:
        st.fragment(_progress, run_every=0.5)()
        return
    if job.message:
        st.error(job.message)
    unlocked = owner.require("Downloading to this server")
    if st.button("Download data set", disabled=not unlocked) and unlocked:
        job.start(install.from_kaggle)
        st.rerun()
