"""The data set as the page opens: decoded once, summarised in a line; or how to get it."""

from contextlib import suppress
from typing import NoReturn

import pandas as pd
import streamlit as st

from fer_core import formats, paths
from fer_core.data.balance import imbalance
from fer_core.data.download.fetch import DATASET_SIZE, DATASET_URL
from fer_core.data.download.install import check_replaceable
from fer_core.data.fer2013 import Dataset
from fer_core.errors import DataError
from pages.parts.dataset import kept
from pages.parts.shared import cached, frame, image_facts, install, memory, owner
from pages.parts.shared.messages import as_written

_SOON = 0.2
"""Seconds between two looks at how far the images are decoded."""
_KAGGLE = f"[Kaggle]({DATASET_URL}) once: {DATASET_SIZE}, without an account"
_MAX_UPLOAD_MB = 100
"""Kaggle's ZIP has 67 MB; `server.maxUploadSize` allows as much."""


def load() -> Dataset | None:
    """The data set, with progress while its images are decoded; None where there is none. Where it
    cannot be used the page ends with why.
    """
    if not cached.has_data():
        return None
    decoding = cached.decoding()
    if not decoding.wait(_SOON):
        bar = st.empty()
        while not decoding.wait(_SOON):
            done, total = decoding.done, decoding.total
            counted = f", {done:,} of {total:,}" if total else ""
            bar.progress(done / max(total, 1), f"Decoding images{counted}; once on a machine")
        bar.empty()
    try:
        return cached.dataset()
    except DataError as exc:
        _end(str(exc))


def _end(why: str) -> NoReturn:
    """Ends the page where the data set cannot be used; one's own images are not to be replaced."""
    frame.show_error(as_written(why))
    if _is_replaceable():
        _show_ways("The images cannot be used", f"Fetch them from {_KAGGLE}.")
    frame.footer()
    st.stop()


def _is_replaceable() -> bool:
    with suppress(DataError):
        check_replaceable(paths.data_dir())
        return True
    return False


def show_summary(dataset: Dataset | None) -> None:
    """What is in it and what is wrong with it, in a sentence; the tabs have the rest."""
    if dataset is not None and dataset.synthetic:
        st.info("This is a synthetic data set: drawn faces to try the pipeline, no photographs.")
        return
    copies = kept.copies(dataset)
    most, least, ratio = imbalance(kept.balance(dataset), "train")
    uneven = f"**{ratio:.1f} times** as many {most} as {least} faces"
    faults = [
        *([uneven] if 1.05 <= ratio < float("inf") else []),
        f"**{copies.leaked_test_images:,}** test images that are also in training",
        f"**{copies.conflicting_groups:,}** groups of identical images with different labels",
        *_doubts(dataset),
    ]
    st.markdown(
        f"{copies.images:,} images in seven classes. What is wrong with them: {', '.join(faults)}."
    )


def _doubts(dataset: Dataset | None) -> list[str]:
    """How many labels look wrong, where that was looked for."""
    quality = image_facts.label_quality(dataset)
    if quality is None:
        return []
    judged, facts = quality.facts.agreement, quality.facts
    if judged is None:
        return [f"**{facts.suspicious:,}** labels that a model finds unlikely"]
    share = formats.percent(judged.random_precision)
    return [f"**{share}** of training labels that FER+, a relabelling by ten people, contradicts"]


def show_skipped(dataset: Dataset) -> None:
    """The files that are no images of this data set, if there are any."""
    if dataset.skipped:
        with st.expander(f"Skipped: {formats.counted(len(dataset.skipped), 'file')}"):
            st.dataframe(pd.DataFrame(dataset.skipped, columns=["file", "reason"]), hide_index=True)


def show_missing(instead: str) -> None:
    """Why there are no pictures and the ways to get them, after a sentence on what stands there."""
    _show_ways(
        "The images are not on this machine",
        f"{instead} The photographs may not be passed on with the app, so each machine fetches "
        f"them from {_KAGGLE}.",
    )


def _show_ways(title: str, words: str) -> None:
    """The ways to get the images, under what is the matter, or how far they are fetched."""
    running = install.installer().running
    with st.container(border=True):
        st.subheader("The images are being fetched" if running else title, anchor=False)
        st.write(words)
        _installer()
        if not running and owner.is_unlocked():
            _other_ways()


def _other_ways() -> None:
    """For the owner: a ZIP fetched by hand, uploaded, or named where the server is this machine."""
    st.file_uploader(
        "Or upload its ZIP, fetched by hand",
        type=["zip"],
        max_upload_size=memory.most(_MAX_UPLOAD_MB),
        key="data-zip",
        on_change=_take_upload,
    )
    if not install.local_paths_allowed():
        return
    path = st.text_input(
        "Or name a ZIP or folder on this computer",
        key="local-path",
        placeholder="/home/me/Downloads/archive.zip",
    )
    if st.button("Use it", disabled=not path):
        with frame.error_box():
            install.installer().start(install.from_path(path), local=True)
            st.rerun()


def _take_upload() -> None:
    """Starts with the file that was just uploaded; asks again who may."""
    for given in filter(memory.told, memory.take("data-zip") if owner.is_unlocked() else ()):
        work = install.from_upload(given.name, given.getvalue())
        install.installer().start(work, local=True)


def _installer() -> None:
    """The button, or the progress of the attempt that somebody has started."""
    job = install.installer()
    if job.running:
        frame.fragment(run_every=0.5)(_progress)()
        return
    if job.message:
        st.error(as_written(job.message))
    unlocked = owner.require("Downloading to this server")
    again = "Try again" if job.message else "Download data set"
    if st.button(again, type="primary", disabled=not unlocked) and unlocked:
        job.start(install.from_kaggle)
        st.rerun()
    frame.fragment(run_every=3)(_watch)(cached.has_data())


def _watch(had_data: bool) -> None:
    """Draws the page again once somebody else fetches the data set, or has."""
    if install.installer().running or cached.has_data() != had_data:
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
