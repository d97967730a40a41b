"""What is behind an answer: an explanation, other models' answers, and the face corrupted."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from fer_core.classes import CLASS_INDEX, CLASS_NAMES
from fer_core.evaluation import agreement
from fer_core.inference.results import FacePrediction
from fer_core.runs.store import Run
from pages.parts.shared import cached, faces, frame, tables
from pages.parts.shared.tables import Cell

if TYPE_CHECKING:
    from fer_core.inference.classifier import Classifier
    from fer_core.inference.predictor import Predictor

_MODELS = 4
_ZOOM = 3
_WORDS = {
    "class activation": "What the last feature maps hold for this class and not for the others.",
    "occlusion": "How much less likely the class becomes while a gray patch hides a place.",
}


def show(face: FacePrediction, run: Run, predictor: "Predictor", key: str) -> None:
    """Three views of one face, of which the open one is computed."""
    explained, compared, corrupted = st.tabs(
        ["Explanation", "Other models", "Corrupted"], key=f"behind-{key}", on_change="rerun"
    )
    if explained.open:
        with explained:
            _explain(face, predictor.classifier, key)
    if compared.open:
        with compared:
            _compare(face, run)
    if corrupted.open:
        with corrupted:
            _corrupt(face, predictor)


def _explain(face: FacePrediction, classifier: "Classifier", key: str) -> None:
    """The face as the model sees it, and the evidence for a class laid over it."""
    from fer_core.inference import explain

    with st.container(horizontal=True, gap="small"):
        faces.face(face.face, caption="As the model sees it", alt="The face, gray, 48 by 48 pixels")
        place = st.container(width="content")
    told = st.container()
    with st.container(horizontal=True):
        name = st.selectbox(
            "Class to explain",
            CLASS_NAMES,
            index=CLASS_INDEX[face.label],
            key=f"explain-class-{key}",
            width=200,
        )
        methods = explain.available_methods(classifier)
        method = methods[0]
        if len(methods) > 1:
            method = st.selectbox(
                "Method",
                methods,
                format_func=lambda choice: str(choice).capitalize(),
                key=f"explain-method-{key}",
                width=200,
            )
    found = explain.explain(classifier, face.face, CLASS_INDEX[name], method)
    words = explain.describe(found)
    caption = f"{method.capitalize()} map for {name}"
    place.image(explain.overlay(face.face, found, zoom=_ZOOM), caption, alt=words)
    nothing = "" if found.strength > 0 else f"{words}. "
    told.caption(
        f"{nothing}{_WORDS[str(method)]} Bright yellow is the strongest place. A map shows where "
        "the model looks, not whether it is right."
    )


def _compare(face: FacePrediction, run: Run) -> None:
    """Answers of up to four models, side by side."""
    by_id = {run.run_id: run} | {
        other.run_id: other
        for other in cached.best_first(cached.runs())
        if other.onnx_path.exists()
    }
    # A quantized copy answers as what it was made from.
    differing = [name for name, other in by_id.items() if other.config.quantized_from is None]
    chosen = st.multiselect(
        f"Models, up to {_MODELS}",
        list(by_id),
        default=list(dict.fromkeys((run.run_id, *differing)))[:3],
        max_selections=_MODELS,
        key="compared-models",
        placeholder="Choose models",
    )
    scores: dict[str, np.ndarray] = {}
    for name in chosen:
        with frame.error_box():
            scores[name] = cached.classifier(by_id[name]).predict(face.face[None, ..., None])[0]
    if not scores:
        st.caption("Choose at least one model.")
        return
    st.markdown(agreement.among_models(scores))
    _show_scores(scores)


def _show_scores(scores: dict[str, np.ndarray]) -> None:
    """A row a class, a column a model, its answer under its name."""
    head = [Cell("class"), *(Cell(name, agreement.answer(row)) for name, row in scores.items())]
    rows = [
        [Cell(name), *(tables.share(float(row[index])) for row in scores.values())]
        for index, name in enumerate(CLASS_NAMES)
    ]
    with st.container(key="compared"):
        tables.show("Probability of each class by model", head, rows, key="compared-scores")


def _corrupt(face: FacePrediction, predictor: "Predictor") -> None:
    """The face under each corruption of the Robustness tab, with the answer."""
    from fer_core.evaluation.robustness.corruptions import examples_of

    examples = examples_of(face.face)
    kinds = [kind for kind, _ in examples]
    pixels = np.stack([image for _, image in examples])[..., None]
    scores = predictor.classifier.predict(pixels)
    (_, untouched), *corrupted = zip(kinds, scores, strict=True)
    st.markdown(agreement.under_corruption(untouched, {kind.title: row for kind, row in corrupted}))
    words = [
        f"{kind.title}\n{agreement.answer(row)}" for kind, row in zip(kinds, scores, strict=True)
    ]
    alts = [f"{kind.meaning} {text}" for kind, text in zip(kinds, words, strict=True)]
    faces.sample_grid(pixels, words, [alt.replace("\n", ": ") for alt in alts])
    st.caption("The same corruptions as on Evaluation, each of one strength.")
