"""One picture that was read: its boxes, a chosen face, seven bars, an explanation."""

from typing import TYPE_CHECKING

import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_INDEX, CLASS_NAMES, FACE_SIZE
from fer_core.inference.results import FacePrediction
from fer_core.runs.store import Run
from pages.parts.shared import faces, frame, pictures
from pages.parts.shared.pictures import Picture, Reading

if TYPE_CHECKING:
    from fer_core.inference.classifier import Classifier

_ZOOM = 5
_WORDS = {
    "class activation": "What the last feature maps hold for this class and not for the others "
    "(class activation).",
    "occlusion": "How much less likely the class becomes while a gray patch hides a place "
    "(occlusion).",
}


@st.fragment
def show(reading: Reading, run: Run, classifier: "Classifier") -> None:
    """The picture with boxes at the left, the chosen face and its seven bars at the right."""
    picture, result = reading.picture, reading.result
    if result.error is not None or reading.preview is None:
        st.error(pictures.plain(result.error or "The picture could not be read."))
        return
    with st.container(border=True):
        st.subheader(pictures.plain(picture.name), anchor=False)
        left, right = st.columns([4, 5], gap="medium")
        with left:
            st.image(reading.preview, alt=_alt(reading), width="content")
        with right:
            if not result.faces:
                _show_no_face(picture)
                return
            index = _choose_face(picture, result.faces)
            _show_face(reading, index, run, classifier)
            if picture.data is None:
                st.caption(
                    f"Drawn as {CLASS_NAMES[index]}. A drawing says nothing about how well the "
                    "model reads photographs."
                )


def _alt(reading: Reading) -> str:
    found = [face.answer for face in reading.result.faces]
    if not found:
        return f"{reading.picture.name}, no face found"
    boxed = "boxes around" if reading.result.faces[0].box is not None else "read as"
    count = formats.counted(len(found), "face")
    return f"{reading.picture.name}, {boxed} {count}: {', '.join(found)}"


def _choose_face(picture: Picture, found: tuple[FacePrediction, ...]) -> int:
    """Index of the face to show; asks only where there are several."""
    if len(found) == 1:
        return 0
    index = st.pills(
        "Face" if found[0].box is None else "Face, the largest first",
        range(len(found)),
        default=0,
        required=True,
        format_func=lambda index: f"{index + 1} {found[index].answer}",
        key=f"face-{picture.key}",
        wrap=True,
    )
    return min(index or 0, len(found) - 1)


def _show_face(reading: Reading, index: int, run: Run, classifier: "Classifier") -> None:
    picture, face = reading.picture, reading.result.faces[index]
    if face.unsure:
        st.markdown(
            f"**Not sure.** Most likely {face.label}, {formats.percent(face.confidence)}, which is "
            f"below the {formats.percent(run.config.abstain_below or 0.0)} from which this model "
            "gives an answer."
        )
    else:
        st.markdown(f"Looks **{face.label}**, {formats.percent(face.confidence)}")
    pixels, bars = st.columns([2, 4], gap="medium")
    with pixels:
        faces.face(
            face.face,
            caption="As the model sees it, 48×48",
            alt=f"The face cut out of {picture.name}, gray, 48 by 48 pixels",
        )
    with bars:
        faces.emotion_bars(face.probabilities)
    if face.box is not None and reading.result.detector == "YuNet":  # Haar gives no confidence
        found = f"Detection confidence {formats.percent(face.box.confidence)}. "
    elif face.box is None and picture.data is not None:
        found = "The whole picture was read as one face. "
    else:
        found = ""
    st.caption(f"{found}Model: {frame.run_name(run)}.")
    _explain(face, classifier, f"{picture.key}-{index}")


def _explain(face: FacePrediction, classifier: "Classifier", key: str) -> None:
    """A switch and, where it is on, the face with the evidence for a class laid over it."""
    if not st.toggle("Explain a class", key=f"explain-{key}"):
        return
    from fer_core.inference import explain

    picture, controls = st.columns([3, 4], gap="medium")
    name = controls.selectbox(
        "Class", CLASS_NAMES, index=CLASS_INDEX[face.label], key=f"explain-class-{key}"
    )
    methods = explain.available_methods(classifier)
    method = methods[0]
    if len(methods) > 1:
        method = controls.segmented_control(
            "Method",
            methods,
            default=method,
            required=True,
            format_func=lambda choice: str(choice).capitalize(),
            key=f"explain-method-{key}",
        )
    opacity = controls.slider("Opacity", 0.0, 1.0, 0.6, 0.05, key=f"explain-opacity-{key}")
    found = explain.explain(classifier, face.face, CLASS_INDEX[name], method)
    words = explain.describe(found)
    overlaid = explain.overlay(face.face, found, opacity, _ZOOM)
    picture.image(overlaid, alt=words, width=FACE_SIZE * _ZOOM)
    st.caption(
        f"{words}. {_WORDS[str(method)]} Bright yellow is the strongest place; colours are "
        "relative to it. A map shows where the model looks, not whether it is right."
    )


def _show_no_face(picture: Picture) -> None:
    st.markdown("**No face found.**")
    st.write(
        "No detection reached the threshold. Lower it, or read the whole picture as one face if it "
        "shows little else."
    )
    if st.button("Read the whole picture as a face", key=f"whole-{picture.key}"):
        st.session_state.setdefault("whole", set()).add(picture.key)
        st.rerun()
