"""Which parts of a face speak for a class."""

from typing import TYPE_CHECKING

import streamlit as st

from fer_core.classes import CLASS_INDEX, CLASS_NAMES, FACE_SIZE
from fer_core.inference.results import FacePrediction

if TYPE_CHECKING:
    from fer_core.inference.classifier import Classifier

_ZOOM = 5
_WORDS = {
    "class activation": "What the last feature maps hold for this class and not for the others "
    "(class activation).",
    "occlusion": "How much less likely the class becomes while a gray patch hides a place "
    "(occlusion).",
}


def show(face: FacePrediction, classifier: "Classifier", key: str) -> None:
    """A switch and, where it is on, the face with the evidence for a class laid over it.

    Args:
        face: as the model saw it.
        classifier: the model that read it.
        key: unique on the page.
    """
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
