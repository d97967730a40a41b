"""The map of faces: what the network finds alike lies together; a selection opens as faces."""

from typing import Any

import numpy as np
import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_INDEX, CLASS_NAMES
from fer_core.errors import RunError
from fer_core.evaluation import face_map
from fer_core.evaluation.error_analysis import most_confident_first
from fer_core.evaluation.face_map import FaceMap, Placed
from fer_core.plots.face_map import CONFIG, ColorBy, map_figure
from fer_core.runs.store import Predictions, Run
from fer_core.runs.table import accuracy
from pages.parts.evaluation.question import Question, of_single_pass
from pages.parts.shared import cached, charts, choices, face_pages, frame, tables

ANY, RIGHT, WRONG = "Any", "Right", "Wrong"
TEST, VALIDATION = "Test", "Validation"


def show(asked: Question) -> None:
    """The map beside what is selected on it, or how to make one."""
    asked = of_single_pass(asked)
    try:
        files = [asked.run.folder / face_map.FILE_NAME, asked.run.onnx_path]
        found = cached.kept(face_map.read, asked.run, files=files)
        reason = "It takes a few minutes and needs the data set."
    except RunError as exc:
        found, reason = None, str(exc)
    if found is None:
        _show_missing(asked.run, reason)
        return
    color_by, split, true, answer = asked_for = _choose()
    predictions, name, told = asked.predictions, asked.file_name, asked.told
    if split == VALIDATION:
        predictions = cached.predictions(asked.run).subset("validation")
        name = f"{asked.run.run_id}-validation-images"
        told = {**told, "test_images": "validation images"}
    whole = face_map.placed(found, predictions)
    shown = whole.where(_mask(whole.predictions, true, answer))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        # Rows that were selected on another map are other faces, so each has a key of its own.
        key = "-".join(["map", asked.file_name, *asked_for])
        rows = _draw(asked, found, shown, whole, color_by, key)
    chosen = shown.predictions.rows(np.array(rows, np.intp)) if rows else shown.predictions
    if not len(chosen):
        right.info("No face is left. Choose another class or answer.")
        return
    what = "selected" if rows else "shown"
    with right:
        _show_counts(chosen, what)
    if rows or len(chosen) < len(whole.place):
        face_pages.show(
            asked.run,
            most_confident_first(chosen),
            title=f"faces {what}",
            name=f"{name}-map-{len(chosen)}",
            key="map_faces",
            told=told,
        )


def _show_missing(run: Run, reason: str) -> None:
    title, why = "No map of this run yet", f"Faces that it finds alike would lie together. {reason}"
    if not run.onnx_path.exists() or not cached.classifier(run).has_features:
        frame.empty_state(
            "This run has no map",
            "A map needs the pooled features of a network that ends in global average pooling.",
            "Choose a run of compact or tiny above.",
        )
    else:
        action = "Make the map, then reload this page:"
        frame.empty_state(title, why, action, command=face_map.command(run))


def _choose() -> tuple[ColorBy, str, str, str]:
    """The row of controls: colours, images, and two filters that select by keyboard."""
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        titles = {by.capitalize(): by for by in ColorBy}
        color_by = titles[choices.one_of("Colour", list(titles), "map-color")]
        split = choices.one_of("Faces", [TEST, VALIDATION], "map-split")
        true = _filter("True class", [ANY, *CLASS_NAMES], "map-true")
        answer = _filter("Answer", [ANY, RIGHT, WRONG, *CLASS_NAMES], "map-answer")
    return color_by, split, true, answer


def _filter(label: str, options: list[str], key: str) -> str:
    return str(st.selectbox(label, options, key=key, bind="query-params", width=130))


def _mask(predictions: Predictions, true: str, answer: str) -> Any:
    """Marks the images that the filters leave, bool (n,)."""
    mask = np.ones(len(predictions), bool)
    if true in CLASS_INDEX:
        mask &= predictions.y_true == CLASS_INDEX[true]
    if answer in CLASS_INDEX:
        mask &= predictions.y_pred == CLASS_INDEX[answer]
    elif answer in (RIGHT, WRONG):
        mask &= (predictions.y_pred == predictions.y_true) == (answer == RIGHT)
    return mask


def _draw(
    asked: Question, found: FaceMap, shown: Placed, whole: Placed, color_by: ColorBy, key: str
) -> list[int]:
    """Draws the map; the rows of `shown` that are selected on it."""
    count = formats.counted(len(shown.place), "face")
    title = f"What does {asked.run.run_id} find alike?"
    with st.container(key="face_map"):
        event = charts.show(
            map_figure(shown, color_by, title, around=whole),
            f"Map of {count}, coloured by {color_by}. The table beside it has the counts; the "
            "filters above select by keyboard.",
            key=key,
            config=CONFIG,
            on_select="rerun",
            selection_mode=("lasso", "box"),
        )
    meaning = {
        face_map.Method.TSNE: "Neighbours look alike to the network; distances between groups mean "
        "little.",
        face_map.Method.PCA: "Faces far apart look unlike to the network; faces close together may "
        "still differ.",
    }
    st.caption(
        f"{count}, laid out by {found.method.label} of what the last layer sees. "
        f"{meaning[found.method]} Drag around faces, or choose a class or an answer above, to see "
        "them below; double-click to let them go."
    )
    points = event["selection"]["points"]
    rows = (int(point["customdata"][0]) for point in points)
    return [row for row in rows if row < len(shown.place)]


def _show_counts(chosen: Predictions, what: str) -> None:
    """How many of each class are selected, else shown, and how many of them are right."""
    right = accuracy(chosen)
    st.markdown(
        f"**{formats.counted(len(chosen), 'face')} {what}**, {formats.percent(right)} right"
    )
    tables.show(
        f"Classes of the faces {what}",
        [tables.Cell(name) for name in ("label", "faces", "share", "right")],
        [
            [
                tables.Cell(str(row["class"])),
                tables.Cell(formats.count(row["images"])),
                tables.share(row["share"]),
                tables.share(row["accuracy"]),
            ]
            for row in face_map.shares(chosen).to_dict("records")
        ],
        key="map-shares",
    )
