"""What a prediction gives, and its forms as a table and as JSON."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, FACE_SIZE, NUM_CLASSES
from fer_core.inference.box import Box

NOT_SURE = "not sure"


@dataclass(frozen=True, eq=False)
class FacePrediction:
    """One face and its emotion."""

    face: NDArray[np.uint8]  # uint8 (48, 48), gray, as the network saw it
    probabilities: NDArray[np.float32]  # float32 (7,), in class order
    box: Box | None  # in the picture; None where the whole picture was taken
    unsure: bool = False  # whether the highest probability is too low to name a class
    number: int | None = None  # in a video the same from sample to sample, from 1

    def __post_init__(self) -> None:
        if self.face.shape != (FACE_SIZE, FACE_SIZE):
            raise ValueError(f"A face must be (48, 48), got {self.face.shape}.")
        if self.probabilities.shape != (NUM_CLASSES,):
            raise ValueError(f"Probabilities must be (7,), got {self.probabilities.shape}.")

    @property
    def label(self) -> str:
        """The most probable class's name."""
        return CLASS_NAMES[int(np.argmax(self.probabilities))]

    @property
    def answer(self) -> str:
        """`label`, or `not sure`."""
        return NOT_SURE if self.unsure else self.label

    @property
    def confidence(self) -> float:
        """The highest probability, 0-1."""
        return float(np.max(self.probabilities))

    @property
    def runner_up(self) -> str:
        """The second most probable class's name."""
        return CLASS_NAMES[int(np.argsort(-self.probabilities, kind="stable")[1])]


@dataclass(frozen=True, eq=False)
class ImageResult:
    """The faces of one picture or of one sample of a video, or why it could not be read."""

    name: str  # the file's name, as the caller gave it
    width: int  # of the picture that boxes refer to, in pixels; 0 with an error
    height: int  # likewise
    faces: tuple[FacePrediction, ...]  # largest first; empty where none was found
    error: str | None  # one sentence, or None
    detector: str  # name of the face detector
    seconds: float | None = None  # from the video's first frame; None for a picture


def time_code(seconds: float) -> str:
    """`83.25` as `0:01:23.250`."""
    milliseconds = round(1000 * seconds)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def to_frame(results: Iterable[ImageResult]) -> pd.DataFrame:
    """One row a face; a picture without one, or with an error, has one row as well.

    Columns: image, time_code and seconds (of a video's sample), width, height, detector,
    face (from 1; in a video the same from sample to sample), label, unsure, confidence,
    left, top, right, bottom (pixels), face_confidence, one probability a class, error.
    Empty where they do not apply.
    """
    return pd.DataFrame([row for result in results for row in _rows(result)], columns=_COLUMNS)


def to_json(results: Iterable[ImageResult]) -> str:
    """A JSON array, one object a picture with its faces; probabilities by class name."""
    return json.dumps([to_dict(result) for result in results], indent=2, ensure_ascii=False)


BOX_COLUMNS = ("left", "top", "right", "bottom")
_COLUMNS = [
    *("image", "time_code", "seconds", "width", "height", "detector"),
    *("face", "label", "unsure", "confidence"),
    *BOX_COLUMNS,
    *("face_confidence", *CLASS_NAMES, "error"),
]


def _rows(result: ImageResult) -> list[dict[str, Any]]:
    common: dict[str, Any] = {
        "image": result.name,
        "width": result.width,
        "height": result.height,
        "detector": result.detector,
        "error": result.error,
    }
    if result.seconds is not None:
        common |= {"seconds": round(result.seconds, 3), "time_code": time_code(result.seconds)}
    if not result.faces:
        return [common]
    rows = []
    for index, face in enumerate(result.faces, start=1):
        row = common | {
            "face": face.number or index,
            "label": face.label,
            "unsure": face.unsure,
            "confidence": face.confidence,
        }
        if face.box is not None:
            row |= dict(zip(BOX_COLUMNS, face.box.xyxy, strict=True))
            row["face_confidence"] = face.box.confidence
        rows.append(row | _by_class(face))
    return rows


def to_dict(result: ImageResult) -> dict[str, Any]:
    """As `to_json` writes one picture."""
    when = {"seconds": round(result.seconds, 3)} if result.seconds is not None else {}
    return {
        "image": result.name,
        **when,
        "width": result.width,
        "height": result.height,
        "detector": result.detector,
        "error": result.error,
        "faces": [
            {
                **({} if face.number is None else {"number": face.number}),
                "label": face.label,
                "unsure": face.unsure,
                "confidence": round(face.confidence, 6),
                "box": None if face.box is None else _box(face.box),
                "probabilities": _by_class(face),
            }
            for face in result.faces
        ],
    }


def _by_class(face: FacePrediction) -> dict[str, float]:
    values = (round(float(value), 6) for value in face.probabilities)
    return dict(zip(CLASS_NAMES, values, strict=True))


def _box(box: Box) -> dict[str, float]:
    corners = dict(zip(BOX_COLUMNS, (round(value, 1) for value in box.xyxy), strict=True))
    return corners | {"confidence": round(box.confidence, 4)}
