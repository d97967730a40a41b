"""How well models read a user's own labelled pictures.

    python -m fer_core evaluate-folder PATH --model compact

Each picture gives one face. One of 48x48 pixels is a face already, framed as FER2013 frames
them; in any other the largest face is found and framed, as everywhere here. A picture without
a face is counted and named, and is no part of any figure: it says something of the detector
and nothing of the model. With `whole` every picture is taken as one face, as crops of another
size need.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, FACE_SIZE
from fer_core.errors import FerError
from fer_core.evaluation import metrics
from fer_core.evaluation.error_analysis import score_table
from fer_core.evaluation.metrics import Report
from fer_core.evaluation.predict import Predict
from fer_core.inference import framing
from fer_core.inference.detector import FaceDetector
from fer_core.inference.framing import Cropping
from fer_core.inference.pictures.decode import decode_image
from fer_core.inference.pictures.labelled import LabelledPicture
from fer_core.progress import Progress
from fer_core.runs.records import Predictions

SLICE = 128
"""Faces that a model is asked about at a time: half a second of a slow one."""

Decode = Callable[[LabelledPicture], NDArray[np.uint8]]
"""From a picture to its pixels, uint8 (h, w, 3), BGR; raises `FerError` where it cannot be read."""

Outcomes = dict[str, NDArray[np.uint8] | str | None]
"""By picture: its face, uint8 (48, 48); why it cannot be read; None where no face was found."""


@dataclass(frozen=True)
class LabelledFaces:
    """One face of each picture, read once for all models.

    Attributes:
        path: str (n,), of the pictures below their folder or ZIP.
        y_true: int8 (n,), index into `CLASS_NAMES`.
        faces: uint8 (n, 48, 48, 1).
        without_face: paths of pictures in which no face was found.
        unreadable: a sentence for each file that could not be read, by path.
    """

    path: NDArray[np.str_]
    y_true: NDArray[np.int8]
    faces: NDArray[np.uint8]
    without_face: tuple[str, ...]
    unreadable: dict[str, str]


def decode(picture: LabelledPicture) -> NDArray[np.uint8]:
    """A `Decode`."""
    return decode_image(picture.read(), picture.name)


def read_faces(
    pictures: Iterable[LabelledPicture],
    detector: Callable[[], FaceDetector],
    *,
    whole: bool = False,
    decode: Decode = decode,
    progress: Progress = lambda done, total: None,
    known: Outcomes | None = None,
) -> LabelledFaces:
    """Reads the pictures one after another; one that cannot be read holds up no other.

    Args:
        pictures: to be read.
        detector: asked for when a picture needs it.
        whole: whether every picture is one face.
        decode: gives their pixels.
        progress: called before each; an exception from it ends the reading.
        known: what was read before, which is taken as it is; gets what is read now, at once.
    """
    pictures = list(pictures)
    outcomes = {} if known is None else known
    for done, picture in enumerate(pictures):
        if picture.name not in outcomes:
            progress(done, len(pictures))
            try:
                outcomes[picture.name] = _face_of(decode(picture), detector, whole)
            except FerError as exc:
                outcomes[picture.name] = str(exc)
    progress(len(pictures), len(pictures))
    pairs = [(picture, outcomes[picture.name]) for picture in pictures]
    found = [(picture, face) for picture, face in pairs if isinstance(face, np.ndarray)]
    faces = np.array([face for _, face in found], dtype=np.uint8)
    return LabelledFaces(
        path=np.array([picture.name for picture, _ in found], dtype=np.str_),
        y_true=np.array([picture.label for picture, _ in found], dtype=np.int8),
        faces=faces.reshape(-1, FACE_SIZE, FACE_SIZE, 1),
        without_face=tuple(picture.name for picture, outcome in pairs if outcome is None),
        unreadable={picture.name: why for picture, why in pairs if isinstance(why, str)},
    )


def _face_of(
    frame_bgr: NDArray[np.uint8], detector: Callable[[], FaceDetector], whole: bool
) -> NDArray[np.uint8] | None:
    """The one face of a picture, or None."""
    if whole or frame_bgr.shape[:2] == (FACE_SIZE, FACE_SIZE):
        return framing.whole_picture(frame_bgr)
    boxes = detector().detect(frame_bgr)
    return framing.crop(frame_bgr, boxes[0], Cropping.ALIGNED) if boxes else None


def answers(
    read: LabelledFaces,
    predict: Predict,
    *,
    progress: Progress = lambda done, total: None,
    known: list[NDArray[np.float32]] | None = None,
) -> Predictions:
    """What a model says of the faces, as its predictions of a test set.

    Args:
        read: the faces.
        predict: of the model.
        progress: called before each `SLICE` of them; an exception from it ends the asking.
        known: slices that were answered before, in order; gets those that are answered now.
    """
    slices = [] if known is None else known
    for start in range(SLICE * len(slices), max(1, len(read.faces)), SLICE):
        progress(start, len(read.faces))
        slices.append(predict(read.faces[start : start + SLICE]))
    split = np.full(len(read.path), "test")
    return Predictions(read.path, split, read.y_true, np.concatenate(slices))


def evaluate(read: LabelledFaces, predictions: Predictions) -> Report:
    """The figures; identical faces are drawn together for their intervals.

    Raises:
        RunError: no face was read.
    """
    seen: dict[bytes, int] = {}
    groups = [seen.setdefault(face.tobytes(), len(seen)) for face in read.faces]
    return metrics.evaluate(predictions, np.array(groups, dtype=np.intp))


def to_frame(read: LabelledFaces, by_model: Mapping[str, Predictions]) -> pd.DataFrame:
    """One row a model and picture, of every picture.

    Columns: model, path, true, predicted, confidence, one probability a class, and error, which
    says why a picture has no answer; empty where they do not apply.
    """
    tables = [score_table(found).assign(model=name) for name, found in by_model.items()]
    errors = dict.fromkeys(read.without_face, "No face was found.") | read.unreadable
    rest = [
        pd.DataFrame({"model": name, "path": list(errors), "error": list(errors.values())})
        for name in (by_model if errors else ())
    ]
    columns = ["model", "path", "true", "predicted", "confidence", *CLASS_NAMES, "error"]
    return pd.concat([*tables, *rest], ignore_index=True).reindex(columns=columns)


def to_dict(read: LabelledFaces, reports: Mapping[str, Report]) -> dict[str, Any]:
    """What was read and every model's report, as plain JSON values."""
    return {
        "faces": len(read.path),
        "without_face": list(read.without_face),
        "unreadable": read.unreadable,
        "models": {name: report.to_dict() for name, report in reports.items()},
    }
