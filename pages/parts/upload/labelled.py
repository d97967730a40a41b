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
from fer_core.inference.pictures.labelled import LabelledPicture, LabelledPictures, of_archive
from fer_core.inference.pictures.zip_file import VISITOR_LIMITS, PictureArchive
from fer_core.runs.store import Predictions, Run
from pages.parts.shared import cached, frame, memory, pictures
from pages.parts.shared.messages import as_written
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
_FILE, _OPENED = "labelled-file", "labelled-opened"
_READ, _ASKED = "labelled-read", "labelled-asked"
"""In the session, until the visit ends: the ZIP, its pictures, the faces that were read and what
models said of them, each with the key of what it was made from.
"""


def show(runs: list[Run]) -> None:
    """Draws the drop zone and the choices and, under them, how well the models read the ZIP."""
    file, chosen, whole = _ask(runs)
    frame.tell_drawn(*chosen)
    if file is None or not chosen:
        return
    try:
        found = _opened(file)
    except FerError as exc:  # which names files of the visitor
        st.error(pictures.plain(str(exc)), icon=":material/error:")
        return
    key = f"{file.file_id}-{whole}"
    read = _read(key, found.pictures, whole=whole)
    if read is None:
        return
    if left_out := found.describe_unknown():
        st.warning(pictures.plain(left_out))
    labelled_result.tell_missing(read)
    if not len(read.path):
        st.error("No face was read in these pictures, so there is nothing to measure.")
        return
    answers = _answers(key, read, chosen)
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
        max_upload_size=memory.most(_MEGABYTES),
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
    (file,) = memory.keep_only("labelled", st.session_state.get(_FILE))
    st.session_state[_FILE] = file
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
    for key in (_FILE, _OPENED, _READ, _ASKED):
        st.session_state.pop(key, None)


def _opened(file: "UploadedFile") -> LabelledPictures:
    """The pictures of the ZIP, which is opened once.

    Raises:
        FerError: it cannot be opened, or holds no labelled picture.
    """
    kept: tuple[str, LabelledPictures] | None = st.session_state.get(_OPENED)
    if kept is None or kept[0] != file.file_id:
        archive = PictureArchive(file.getvalue(), file.name, _LIMITS)
        kept = st.session_state[_OPENED] = (file.file_id, of_archive(archive))
    return kept[1]


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


def _answers(key: str, read: LabelledFaces, chosen: list[Run]) -> dict[str, Predictions]:
    """Each model's answers; what it has said is kept at once, so that it is asked but once. One
    that cannot be loaded is told and left out.
    """
    kept, answered, parts = st.session_state.get(_ASKED, ("", {}, {}))
    if kept != key:
        answered, parts = {}, {}
        st.session_state[_ASKED] = key, answered, parts
    progress = Progress((f"asked-{key}", *(run.run_id for run in chosen)))
    found, faces = {}, formats.counted(len(read.path), "face")
    for run in chosen:
        identity = cached.identity(run)
        try:
            if identity not in answered and not progress.is_cancelled:
                text = f"Asking {run.run_id} about {faces}"
                answered[identity] = labelled.answers(
                    read,
                    open_run(run) if run.config.members else cached.classifier(run).predict,
                    progress=lambda done, total, text=text: progress.show(done / total, text),
                    known=parts.setdefault(identity, []),
                )
        except FerError as exc:
            st.error(as_written(str(exc)))
        if identity in answered:
            found[run.run_id] = answered[identity]
    rest = [run.run_id for run in chosen if run.run_id not in found]
    progress.end(f"Not asked about every face: {', '.join(rest)}." if rest else "", "Ask the rest")
    return found
