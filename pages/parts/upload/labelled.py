"""The view of the Upload page that measures models on the visitor's own labelled pictures."""

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.errors import FerError
from fer_core.evaluation import labelled
from fer_core.evaluation.labelled import LabelledFaces, Outcomes
from fer_core.evaluation.predict import open_run
from fer_core.inference import detector
from fer_core.inference.pictures.labelled import LabelledPicture, of_archive
from fer_core.inference.pictures.zip_file import VISITOR_LIMITS, PictureArchive
from fer_core.runs.store import Predictions, Run
from pages.parts.shared import cached, frame, memory, pictures
from pages.parts.shared.pictures import Picture
from pages.parts.upload import labelled_result
from pages.parts.upload.progress import Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_MEGABYTES = 100
_LIMITS = replace(VISITOR_LIMITS, members=50_000, directory=8 * 2**20)
"""Of the ZIP: a whole data set of small pictures can be measured."""
_FILE, _READ = "labelled-file", "labelled-read"
"""In the session: the ZIP, and what was read of it, with its key. Both end with the visit."""


def show(runs: list[Run]) -> None:
    """Draws the drop zone and the choices and, under them, how well the models read the ZIP."""
    file, chosen, whole = _ask(runs)
    frame.tell_drawn(*chosen)
    if file is None or not chosen:
        return
    try:
        archive = PictureArchive(file.getvalue(), file.name, _LIMITS)
        found = of_archive(archive)
    except FerError as exc:  # which names files of the visitor
        st.error(pictures.plain(str(exc)), icon=":material/error:")
        return
    read = _read(f"{file.file_id}-{whole}", found.pictures, whole=whole)
    if read is None:
        return
    if left_out := found.describe_unknown():
        st.warning(pictures.plain(left_out))
    labelled_result.tell_missing(read)
    if not len(read.path):
        st.error("No face was read in these pictures, so there is nothing to measure.")
        return
    answers = _answers(read, chosen)
    labelled_result.show(read, answers, PurePath(file.name).stem)


def _ask(runs: list[Run]) -> "tuple[UploadedFile | None, list[Run], bool]":
    """The ZIP, the models and whether pictures are faces as a whole."""
    by_name = {run.run_id: run for run in runs}
    default = cached.default_run() or runs[0]
    left, right = st.columns([3, 2], gap="medium")
    uploaded = left.file_uploader(
        "Drop a ZIP with one folder a class",
        "zip",
        key="labelled-zip",
        on_change=_forget,
        max_upload_size=_MEGABYTES,
    )
    if uploaded is not None:
        st.session_state[_FILE] = uploaded
    names = right.multiselect(
        "Models",
        list(by_name),
        default=[default.run_id] if default.run_id in by_name else None,
        key="labelled-models",
        persist_state="session",
    )
    whole = right.toggle(
        "Every picture is one face",
        key="labelled-whole",
        persist_state="session",
        help="For crops of faces: nothing is searched. Pictures of 48x48 pixels are taken as "
        "faces anyway; in others the largest face is found and framed.",
    )
    file: UploadedFile | None = st.session_state.get(_FILE)
    memory.keep_only("labelled", file)
    if file is None:
        st.caption(
            "Measures how often the models are right on pictures that you have labelled. "
            f"Folders are named {', '.join(CLASS_NAMES)}, or anger, fear, happiness and so on. "
            f"Up to {_LIMITS.members:,} pictures. "
            "The ZIP is read in memory and removed some minutes after you close the window."
        )
    elif uploaded is None:
        with left.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{pictures.plain(file.name)} is still here.", width="content")
            st.button("Remove it", key="labelled-forget", on_click=_forget)
    return file, [by_name[name] for name in names], whole


def _forget() -> None:
    st.session_state.pop(_FILE, None)
    st.session_state.pop(_READ, None)


def _read(key: str, wanted: tuple[LabelledPicture, ...], *, whole: bool) -> LabelledFaces | None:
    """One face of each picture, each kept as soon as it is read; None where it was cancelled."""
    kept, outcomes = st.session_state.get(_READ, ("", {}))
    known: Outcomes = outcomes if kept == key else {}
    st.session_state[_READ] = key, known
    progress = Progress((f"labelled-{key}",))
    if not progress.is_cancelled:
        read = labelled.read_faces(
            wanted,
            lambda: detector.load_detector(),
            whole=whole,
            decode=_decode,
            progress=lambda done, total: (
                progress.show(done / total, f"Reading picture {done + 1} of {total}")
                if done < total
                else None
            ),
            known=known,
        )
        progress.end("", "")
        return read
    progress.end(f"{len(known):,} of {len(wanted):,} pictures were read.", "Read the rest")
    return None


def _decode(picture: LabelledPicture) -> "NDArray[np.uint8]":
    """Its pixels, one visitor after another."""
    return pictures.decode(Picture(picture.name, picture.name, picture.read))


def _answers(read: LabelledFaces, chosen: list[Run]) -> dict[str, Predictions]:
    """Each model's answers; one that cannot be loaded is told and left out."""
    found = {}
    for run in chosen:
        try:
            with st.spinner(f"Asking {run.run_id} about {formats.counted(len(read.path), 'face')}"):
                predict = open_run(run) if run.config.members else cached.classifier(run).predict
                found[run.run_id] = labelled.answers(read, predict)
        except FerError as exc:
            st.error(str(exc))
    return found
