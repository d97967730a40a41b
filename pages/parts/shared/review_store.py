"""Where decisions on labels are kept: the owner's in one file, a visitor's in the session.

They can be taken back, one after another: first those of this session, then those before.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from fer_core import formats, paths
from fer_core.data.fer2013 import Dataset
from fer_core.data.label_review import Decision, Review, Ruling, parse, told
from fer_core.data.label_review_file import ReviewFile, own_review
from fer_core.errors import DataError
from pages.parts.shared import cached, image_facts, memory, owner, pictures

_SESSION, _UNDO, _NOTE, _PROBLEM = (
    f"review-{name}" for name in ("kept", "undo", "note", "problem")
)
_FILE = "-of-file"
MOST_UNDONE = 200


@dataclass(frozen=True)
class _Step:
    """A decision and what it replaced."""

    ruling: Ruling
    before: Ruling | None


@st.cache_resource(show_spinner=False, max_entries=2, hash_funcs=image_facts.BY_IMAGES)
def _known(dataset: Dataset) -> ReviewFile:
    return own_review(dataset)


def owners_file(dataset: Dataset) -> ReviewFile:
    """The file of the owner's decisions on these images."""
    known = _known(dataset)
    return ReviewFile(paths.label_review_file(), known.fingerprint, known.known)


@st.cache_resource(show_spinner=False, max_entries=4)
def _read(name: str, stamp: cached.Stamp, fingerprint: str, _file: ReviewFile) -> Review:
    return _file.read()


def read(dataset: Dataset) -> Review:
    """This visitor's decisions so far; those of a session go into the file once it is the owner's.

    Raises:
        DataError: the file is damaged or of other images.
    """
    review = st.session_state.get(_SESSION)
    mine = review if review and review.fingerprint == dataset.fingerprint else None
    if not owner.is_unlocked():
        return mine or Review(dataset.fingerprint)
    file = owners_file(dataset)
    if mine:
        file.decide(*mine.rulings.values())
        del st.session_state[_SESSION]
    return _read(str(file.file), cached.stamp_of([file.file]), file.fingerprint, file)


def decide(dataset: Dataset, path: str, decision: Decision, new_label: str = "") -> None:
    """Keeps a decision at once; what went wrong is left for the page to say."""
    with _told():
        before = read(dataset).rulings.get(path)
        ruling = Ruling(path, decision, new_label)
        _keep(dataset, ruling)
        steps = [*st.session_state.get(_UNDO, []), _Step(ruling, before)]
        st.session_state[_UNDO] = steps[-MOST_UNDONE:]


def can_undo(dataset: Dataset) -> bool:
    """Whether there is a decision to take back."""
    return _last_step(dataset) is not None


def last_words(dataset: Dataset) -> str:
    """The last decision, or where decisions go before there is one."""
    if step := _last_step(dataset):
        return f"Last decision: {step.ruling.words}, {step.ruling.path}."
    if owner.is_unlocked():
        return "Each decision is saved at once."
    return "Decisions stay in this tab until it is closed or reloaded; download them below."


def ruling_on(dataset: Dataset, path: str) -> Ruling | None:
    """This visitor's decision on the image `path`; None too where the file cannot be read."""
    with contextlib.suppress(DataError):
        return read(dataset).rulings.get(path)
    return None


def _last_step(dataset: Dataset) -> _Step | None:
    """The session's last decision; after a reload the latest of the file, whose earlier ones on
    the same image are not known any more.
    """
    if steps := st.session_state.get(_UNDO):
        last: _Step = steps[-1]
        return last
    latest = read(dataset).latest()
    return None if latest is None else _Step(latest, None)


def undo(dataset: Dataset) -> str | None:
    """Takes the last decision back; the image that it was on."""
    step = None
    with _told():
        step = _last_step(dataset)
        if step is None:
            return None
        if steps := st.session_state.get(_UNDO):
            steps.pop()
        if owner.is_unlocked():
            owners_file(dataset).take_back(step.ruling, step.before)
        else:
            rest = read(dataset)
            st.session_state[_SESSION] = (
                rest.with_ruling(step.before) if step.before else rest.without(step.ruling.path)
            )
    return step.ruling.path if step else None


def take(dataset: Dataset, file: UploadedFile) -> None:
    """Adds the decisions of a file that was downloaded before; where there are two on an image,
    the later one stays. Lines at fault are told, and lose nothing.
    """
    name = file.name
    with _told(_FILE):
        if file.type == memory.NO_ROOM:
            raise DataError(memory.no_room(name))
        known = owners_file(dataset).known
        found, problems = parse(file.getvalue(), name, fingerprint=dataset.fingerprint, known=known)
        here = read(dataset).rulings
        new = [
            ruling
            for path, ruling in found.rulings.items()
            if path not in here or here[path].when.timestamp() < ruling.when.timestamp()
        ]
        if new:
            _keep(dataset, *new)
        taken = f"{formats.counted(len(new), 'decision')} of {name} added"
        if replaced := sum(ruling.path in here for ruling in new):
            taken += f", {replaced:,} of them in place of an earlier one"
        known_before = len(found) - len(new)
        st.session_state[_NOTE + _FILE] = taken + (
            f"; {known_before:,} were here already." if known_before else "."
        )
        if problems:
            raise DataError(told(problems))


def set_aside(dataset: Dataset) -> None:
    """Renames the owner's file, which cannot be read."""
    with _told():
        name = owners_file(dataset).set_aside()
        st.session_state[_NOTE] = f"The file is kept as {name}; a new review begins."


def show_notes(of: str = "") -> None:
    """What the last act left to say, once."""
    if note := st.session_state.pop(_NOTE + of, ""):
        st.success(pictures.plain(note))
    if problem := st.session_state.pop(_PROBLEM + of, ""):
        st.error(pictures.plain(problem), icon=":material/error:")


def show_file_notes() -> None:
    """What the last file that was added left to say, once."""
    show_notes(_FILE)


def _keep(dataset: Dataset, *rulings: Ruling) -> None:
    if owner.is_unlocked():
        owners_file(dataset).decide(*rulings)
        return
    review = read(dataset)
    for ruling in rulings:
        review = review.with_ruling(ruling)
    st.session_state[_SESSION] = review


@contextlib.contextmanager
def _told(of: str = "") -> Iterator[None]:
    try:
        yield
    except DataError as exc:
        st.session_state[_PROBLEM + of] = str(exc)
