"""What a prediction gives, and its forms as a table and as JSON."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core import __version__
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
    features: NDArray[np.float32] | None = None  # float32 (c,), where a temporal model reads them

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
    def named(self) -> str:
        """`label`, or `not sure (label)`."""
        return f"{NOT_SURE} ({self.label})" if self.unsure else self.label

    @property
    def confidence(self) -> float:
        """The highest probability, 0-1."""
        return float(np.max(self.probabilities))

    @property
    def turn(self) -> int:
        """Degrees clockwise, 0-270, that the picture was turned for this face to be upright."""
        return 0 if self.box is None else self.box.turn

    @property
    def runner_up(self) -> str:
        """The second most probable class's name."""
        return CLASS_NAMES[int(np.argsort(-self.probabilities, kind="stable")[1])]


@dataclass(frozen=True, eq=False)
class ImageResult:
    """The faces of one picture or of one sample of a video, or why it could not be read."""

    name: str  # the file's name, as the caller gave it
    width: int  # of the picture in its file, upright, in pixels, to which boxes refer; 0: error
    height: int  # likewise
    faces: tuple[FacePrediction, ...]  # largest first; empty where none was found
    error: str | None  # one sentence, or None
    detector: str  # name of the face detector
    seconds: float | None = None  # from the video's start; None for a picture
    model: str = ""  # id of the run whose model answered
    framing: str = ""  # how faces were cut out, as `Cropping` names it
    left_out: int = 0  # faces that were found and not read, as fewer were asked for
    note: str = ""  # one sentence on what of the file was read, where that is not all of it

    @property
    def turn(self) -> int:
        """Degrees clockwise, 0-270, that the picture was turned for most of its faces."""
        return max(turns, key=turns.count) if (turns := [face.turn for face in self.faces]) else 0

    def scaled_to(self, width: int, height: int) -> Self:
        """The same faces in the same picture of another size, in pixels."""
        if (width, height) == (self.width, self.height):
            return self
        by = width / self.width, height / self.height
        faces = tuple(
            face if face.box is None else replace(face, box=face.box.scaled(*by))
            for face in self.faces
        )
        return replace(self, width=width, height=height, faces=faces)


def time_code(seconds: float) -> str:
    """`83.25` as `0:01:23.250`."""
    milliseconds = round(1000 * seconds)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def to_frame(results: Iterable[ImageResult]) -> pd.DataFrame:
    """One row a face; a picture without one, or with an error, has one row as well.

    Columns: image, time_code and seconds (of a video's sample), width, height, detector,
    face (from 1; in a video the same from sample to sample), label, unsure, confidence,
    left, top, right, bottom (whole pixels of the file's picture, as width and height),
    face_confidence (of the detector; empty for one that gives none), one probability a class,
    error, note (on what of the file was read), turn (degrees clockwise that the picture was turned
    for the face to be upright), model, framing, version (of this package). Empty where they do
    not apply.
    """
    table = pd.DataFrame([row for result in results for row in _rows(result)], columns=COLUMNS)
    return table.astype(dict.fromkeys(WHOLE_NUMBERS, "Int64"))


def to_json(results: Iterable[ImageResult]) -> str:
    """A JSON array, one object a picture with its faces; probabilities by class name."""
    return json.dumps([to_dict(result) for result in results], indent=2, ensure_ascii=False)


BOX_COLUMNS = ("left", "top", "right", "bottom")
COLUMNS = [
    *("image", "time_code", "seconds", "width", "height", "detector"),
    *("face", "label", "unsure", "confidence"),
    *BOX_COLUMNS,
    *("face_confidence", *CLASS_NAMES, "error", "note", "turn"),
    *("model", "framing", "version"),
]
WHOLE_NUMBERS = ("face", *BOX_COLUMNS, "turn")
"""Columns that may be empty."""


def _rows(result: ImageResult) -> list[dict[str, Any]]:
    common: dict[str, Any] = {"image": result.name, **_size(result)} | about(result)
    common |= {"error": result.error, "note": result.note or None}
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
            "confidence": round(face.confidence, 6),
            "turn": face.turn,
        }
        if face.box is not None:
            row |= corners(face.box) | {"face_confidence": _measured(face.box)}
        rows.append(row | _by_class(face))
    return rows


def to_dict(result: ImageResult) -> dict[str, Any]:
    """As `to_json` writes one picture."""
    when = {"seconds": round(result.seconds, 3)} if result.seconds is not None else {}
    return {
        "image": result.name,
        **when,
        **_size(result),
        **about(result),
        "error": result.error,
        **({"note": result.note} if result.note else {}),
        "faces": [
            {
                **({} if face.number is None else {"number": face.number}),
                "label": face.label,
                "unsure": face.unsure,
                "confidence": round(face.confidence, 6),
                "turn": face.turn,
                "box": None if face.box is None else _box(face.box),
                "probabilities": _by_class(face),
            }
            for face in result.faces
        ],
    }


def _by_class(face: FacePrediction) -> dict[str, float]:
    values = (round(float(value), 6) for value in face.probabilities)
    return dict(zip(CLASS_NAMES, values, strict=True))


def _box(box: Box) -> dict[str, float | None]:
    return corners(box) | {"confidence": _measured(box)}


def _measured(box: Box) -> float | None:
    measured = box.measured_confidence
    return None if measured is None else round(measured, 4)


def corners(box: Box) -> dict[str, int]:
    """A box's corners in whole pixels, by `BOX_COLUMNS`."""
    return dict(zip(BOX_COLUMNS, map(round, box.xyxy), strict=True))


def _size(result: ImageResult) -> dict[str, int]:
    return {"width": result.width, "height": result.height}


def about(result: ImageResult) -> dict[str, str]:
    """What a picture or video was read with, by column."""
    return {
        "detector": result.detector,
        "model": result.model,
        "framing": result.framing,
        "version": __version__,
    }
