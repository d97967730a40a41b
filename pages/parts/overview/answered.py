"""A picture already answered: its box, seven bars, and what speaks for the answer.

The answer to an example is found in the background, once a process for all visitors, so that
neither words nor charts wait for the model.
"""

import base64
from dataclasses import dataclass
from functools import partial
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fer_core import formats
from fer_core.classes import CLASS_INDEX
from fer_core.images import jpeg, shrunk
from fer_core.inference import detector_file
from fer_core.inference.results import FacePrediction, ImageResult
from fer_core.runs.store import Run
from pages.parts.overview.own_picture import Given
from pages.parts.shared import boxes, cached, faces, frame, pictures
from pages.parts.shared.answer import Answer
from pages.parts.shared.examples import BY_SLUG
from pages.parts.shared.pictures import Picture

_PATIENCE = 4.0
"""Seconds that the page waits for an answer; one that takes longer comes by itself."""
_PICTURE_HEIGHT, _PICTURE_PIXELS = 260, 520
"""Pixels of the picture as it is shown, at most, and of its longer side as it is sent."""
_ZOOM = 2


@dataclass(frozen=True)
class Answered:
    """A picture that was read, as JPEG; of its largest face what speaks for the answer, as uint8
    (96, 96, 3), RGB, in `words` for those who cannot see it, and what is `told` under it.
    """

    result: ImageResult
    picture: bytes
    overlay: NDArray[np.uint8] | None = None
    words: str = ""
    told: str = ""


class Place:
    """The place where a picture is answered, kept from the start: `ask` draws the answer where it
    is known already, `fill` waits for it.
    """

    def __init__(self) -> None:
        with st.container(key="answer", gap=None):
            st.html("<span></span>")  # a container that is empty for a moment gives up its place
            self._slot = st.empty()
            self._slot.html('<p class="fer-wait">Reading the picture</p>')
        self._answer: Answer[Answered] | None = None
        self._source = ""

    def ask(self, run: Run, given: Given) -> None:
        """Has `given` answered by the run, in the background."""
        self._source = given.source
        self._answer = _in_this_visit(run, given.slug) if given.slug else _of_visitor(run, given)
        if not self._answer.is_pending:
            self.fill()

    def fill(self) -> None:
        """Waits for the answer, if one was asked for, and draws it."""
        answer, self._answer = self._answer, None
        if answer is None:
            return
        is_there = answer.wait(_PATIENCE)
        with self._slot.container():
            if not is_there:
                _show_when_there(answer)
            elif answer.value is None:
                st.warning(
                    pictures.plain(answer.error)
                    or "The picture could not be read. Try another one."
                )
            else:
                _draw(answer.value, self._source)


@frame.fragment(run_every=1.0)
def _show_when_there(answer: Answer[Answered]) -> None:
    """Looks again, beside a page that takes clicks meanwhile."""
    if not answer.is_pending:
        st.rerun()
    st.html('<p class="fer-wait">The server is busy; the answer will come here.</p>')


def of_example(run: Run, slug: str) -> Answer[Answered]:
    """The run's answer to the example of that name, which is looked for from the first call on,
    and again where the better face detector has come.
    """
    return _of_example(run, slug, detector_file.find() is not None)


@st.cache_resource(show_spinner=False, max_entries=32, hash_funcs=cached.BY_RUN)
def _of_example(run: Run, slug: str, has_detector: bool) -> Answer[Answered]:
    example = BY_SLUG[slug]
    return Answer(partial(_read, run, Picture(f"example-{slug}", example.name, example.data)))


def _in_this_visit(run: Run, slug: str) -> Answer[Answered]:
    """`of_example`; one that failed, as while memory was short, is asked again once a visit."""
    answer = of_example(run, slug)
    again: set[tuple[str, str]] = st.session_state.setdefault("examples-again", set())
    if not answer.is_pending and answer.value is None and (run.run_id, slug) not in again:
        again.add((run.run_id, slug))
        _of_example.clear(run, slug, detector_file.find() is not None)
        answer = of_example(run, slug)
    return answer


def _of_visitor(run: Run, given: Given) -> Answer[Answered]:
    """Of the visitor's own picture, kept in their session alone."""
    known: dict[tuple[str, str], Answer[Answered]] = st.session_state.get("own-answer", {})
    key = (run.run_id, given.picture.key)
    if key not in known:
        known = st.session_state["own-answer"] = {key: Answer(partial(_read, run, given.picture))}
    return known[key]


def _read(run: Run, picture: Picture) -> Answered:
    from fer_core.inference import explain

    predictor = cached.predictor(run)
    frame_bgr = pictures.decode(picture)
    result = predictor.predict(frame_bgr, picture.name)
    sent = jpeg(shrunk(frame_bgr, _PICTURE_PIXELS), quality=85)
    if not result.faces:
        return Answered(result, sent)
    face = result.faces[0]
    found = explain.explain(predictor.classifier, face.face, CLASS_INDEX[face.label])
    overlay = explain.overlay(face.face, found, zoom=_ZOOM)
    words = explain.describe(found)
    told = f"Yellow: what speaks most for {face.label}" if found.strength > 0 else words
    return Answered(result, sent, overlay, words, told)


def _draw(answered: Answered, source: str) -> None:
    found = answered.result.faces
    with st.container(key="answered"):
        st.html(_boxed(answered))
        with st.container(key="verdict", gap="small"):
            if not found:
                st.markdown("**No face found.** Try a picture in which a face is larger.")
                return
            st.markdown(_verdict(found))
            faces.emotion_bars(found[0].probabilities)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="why"):
        st.image(answered.overlay, alt=answered.words)
        st.caption(f"{answered.told}. {source}")


def _boxed(answered: Answered) -> str:
    """The picture with a numbered box around each face."""
    result = answered.result
    width, height = result.width, result.height
    drawn = ""
    for number, face in enumerate(result.faces, start=1):
        if face.box is not None:
            style = (
                "left:{left:.1f}%;top:{top:.1f}%;width:{width:.1f}%;height:{height:.1f}%;"
                "border-color:{color}"
            )
            style = style.format_map(boxes.place(face, result))
            drawn += f'<div style="{style}"><b>{number}</b></div>'
    alt = f"{result.name}, {formats.counted(len(result.faces), 'face')} found"
    url = f"data:image/jpeg;base64,{base64.b64encode(answered.picture).decode()}"
    return (
        f'<div class="fer-boxed" style="max-width:{_PICTURE_HEIGHT * width / height:.0f}px">'
        f'<img src="{url}" alt="{escape(alt)}" width="{width}" height="{height}">{drawn}</div>'
    )


def _verdict(found: tuple[FacePrediction, ...]) -> str:
    first = found[0]
    several = len(found) > 1
    if first.unsure:
        start = f"{len(found)} faces; of the largest not sure:" if several else "Not sure:"
    else:
        start = f"{len(found)} faces; the largest looks" if several else "Looks"
    return f"#### {start} {first.label}, {formats.percent(first.confidence)}"
