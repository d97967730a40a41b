"""What reading gives: faces, the pictures and samples that they are in, and all as a table."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES
from fer_core.inference import results
from fer_core.inference.results import FacePrediction, ImageResult, time_code

if TYPE_CHECKING:
    import pandas as pd


class FaceBox(NamedTuple):
    """Corners of a face in whole pixels of the picture that was given, upright; may reach over its
    edge.
    """

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


@dataclass(frozen=True)
class Face:
    """One face and its expression.

    Attributes:
        label: the most probable class's name.
        confidence: its probability, 0-1.
        probabilities: of the seven classes by name, together 1.
        box: where the face is; None where the whole picture was taken.
        unsure: whether `confidence` is too low to trust `label`, by the model's own threshold.
        face_confidence: of the face detector, 0-1; None where it gives none.
        number: in a video the same from sample to sample, from 1; None in a picture.
        turn: degrees clockwise, 0-270, that the picture was turned for this face to be upright.
        crop: the face as the network saw it, uint8 (48, 48), gray.
    """

    label: str
    confidence: float
    probabilities: dict[str, float] = field(repr=False)
    box: FaceBox | None
    unsure: bool
    face_confidence: float | None
    number: int | None
    turn: int
    crop: NDArray[np.uint8] = field(repr=False, compare=False)
    _prediction: FacePrediction = field(repr=False, compare=False)
    _picture: ImageResult = field(repr=False, compare=False)

    @classmethod
    def of(cls, prediction: FacePrediction, picture: ImageResult) -> Self:
        """A face of a picture."""
        probabilities = (round(float(value), 6) for value in prediction.probabilities)
        box = prediction.box
        return cls(
            prediction.label,
            round(prediction.confidence, 6),
            dict(zip(CLASS_NAMES, probabilities, strict=True)),
            None if box is None else FaceBox(*map(round, box.xyxy)),
            prediction.unsure,
            None if box is None else box.measured_confidence,
            prediction.number,
            prediction.turn,
            prediction.face,
            prediction,
            picture,
        )


class Faces(list[Face]):
    """The faces of one picture or of one sample of a video, the largest first.

    Attributes:
        name: of the picture, as it was given.
        width: of the picture, upright, in pixels.
        height: likewise.
        model: id of the run whose model answered.
        detector: name of the face detector.
        note: a sentence on what of the file was read, where that is not all; else empty.
    """

    def __init__(self, picture: ImageResult) -> None:
        super().__init__(Face.of(face, picture) for face in picture.faces)
        self.name = picture.name
        self.width, self.height = picture.width, picture.height
        self.model = picture.model
        self.detector = picture.detector
        self.note = picture.note
        self._picture = picture


class Reading(NamedTuple):
    """One of many pictures: its name, its faces, and the sentence why it could not be read, or
    None.
    """

    name: str
    faces: Faces
    error: str | None


@dataclass(frozen=True, eq=False)
class VideoSample:
    """One sample of a video.

    Attributes:
        seconds: from the video's start.
        faces: numbered; their probabilities are smoothed over time.
        frame_bgr: the frame as a player shows it, uint8 (h, w, 3), BGR.
    """

    seconds: float
    faces: Faces
    frame_bgr: NDArray[np.uint8] = field(repr=False)

    @property
    def time_code(self) -> str:
        """`seconds` as `0:01:23.250`."""
        return time_code(self.seconds)


def to_frame(read: Any) -> "pd.DataFrame":
    """A table with the columns of `fer predict --csv`: a row a face, and a row of each picture or
    sample without one.

    Args:
        read: what `read`, `read_many` or `read_video` gives, or a sequence of it, or of faces.

    Raises:
        ValueError: it is something else.

    Examples:
        >>> import fer_core
        >>> table = fer_core.to_frame(fer_core.read("photo.jpg"))
        >>> list(table["label"])
        ['happy']
    """
    return results.to_frame(_pictures(read))


def _pictures(read: Any) -> list[ImageResult]:
    """The pictures of all that was read; of loose faces those that follow one another together."""
    if isinstance(read, Face):
        return [_with(read._picture, [read])]
    if isinstance(read, VideoSample | Reading):
        return _pictures(read.faces)
    if isinstance(read, Faces):
        return [_with(read._picture, read)]
    if not isinstance(read, Iterable) or isinstance(read, str | bytes | np.ndarray):
        raise ValueError(
            f"to_frame takes what read, read_many or read_video gives, not {type(read).__name__}."
        )
    pictures: list[ImageResult] = []
    loose: list[Face] = []
    for item in read:
        if loose and not (isinstance(item, Face) and item._picture is loose[0]._picture):
            pictures.append(_with(loose[0]._picture, loose))
            loose = []
        if isinstance(item, Face):
            loose.append(item)
        else:
            pictures += _pictures(item)
    return pictures + ([_with(loose[0]._picture, loose)] if loose else [])


def _with(picture: ImageResult, faces: list[Face]) -> ImageResult:
    return replace(picture, faces=tuple(face._prediction for face in faces))
