"""From a video to its faces and their emotions over time.

Samples are read at a chosen rate, faces followed from one to the next and their probabilities
smoothed over time, by the predictor's temporal model where it has one. Nothing here grows with
the video's length.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_core.inference.detector import DEFAULT_CONFIDENCE
from fer_core.inference.framing import Cropping
from fer_core.inference.over_time import FacesOverTime, OverTime, model_for
from fer_core.inference.predictor import Predictor
from fer_core.inference.results import FacePrediction, ImageResult
from fer_core.inference.search import affordable
from fer_core.inference.tracking import MAX_GAP, Tracker
from fer_core.inference.video.file import VISITOR_LIMITS, VideoFile, VideoLimits
from fer_core.runs.records import Place

DEFAULT_RATE = 5.0  # samples a second
TRIES = 10  # samples in which a first face is looked for in every direction
DEFAULT_HALF_LIFE = 0.5  # seconds; more than in live video, where lag is seen at once


@dataclass(frozen=True)
class VideoSettings:
    """How a video is read: samples a second, the face detector's lowest confidence (0.3-1), the
    seconds after which an earlier sample counts half (0 for none), how many faces of a sample are
    read, the largest first (None for all), the pixels of the smallest face that is looked for
    (None for what the frame's size allows), and at how many pixels a frame is searched for it at
    most (None for as many as it takes).
    """

    rate: float = DEFAULT_RATE
    min_confidence: float = DEFAULT_CONFIDENCE
    half_life: float = DEFAULT_HALF_LIFE
    max_faces: int | None = None
    min_face: float | None = None
    max_searched: int | None = None

    def smallest_face(self, size: tuple[int, int]) -> float | None:
        """Pixels of the smallest face that is looked for in frames of that (height, width)."""
        if self.min_face is None or self.max_searched is None:
            return self.min_face
        return affordable(size, self.min_face, self.max_searched)


@dataclass(frozen=True, eq=False)
class Sample:
    """One sample of a video."""

    frame_bgr: NDArray[np.uint8]  # uint8 (h, w, 3), BGR
    result: ImageResult  # its faces, numbered; their probabilities are smoothed
    duration: float | None  # of the video in seconds as the file says it; None where it does not


def with_smoothing(
    predictor: Predictor, over_time: str | None, half_life: float | None
) -> tuple[Predictor, float]:
    """The predictor and the half-life for what is to be done with a video's answers over time.

    Args:
        predictor: of single frames.
        over_time: a value of `OverTime`; if None, exponential where a half-life is given, else what
            was better on validation clips.
        half_life: seconds, 0 for none; the usual one if None.

    Raises:
        RunError: a recurrent network was asked for, and there is none that can be used.
    """
    way = None if over_time is None else OverTime(over_time)
    if way is None and half_life is not None:
        way = OverTime.EXPONENTIAL
    temporal = model_for(predictor.classifier.run_id, way, Place.VIDEO)
    usual = DEFAULT_HALF_LIFE if half_life is None else half_life
    return replace(predictor, temporal=temporal), 0.0 if way is OverTime.NONE else usual


def read_video(
    source: bytes | Path,
    name: str,
    predictor: Predictor,
    settings: VideoSettings | None = None,
    *,
    limits: VideoLimits = VISITOR_LIMITS,
    on_end: Callable[[bool, float | None], None] | None = None,
) -> Iterator[Sample]:
    """Reads a video sample by sample.

    With `Cropping.WHOLE` the middle of each frame is its one face. `on_end` is called after the
    last sample with whether the video's end was reached, and the seconds after which the picture
    ends where both are known.

    Raises:
        VideoError: it is no video, damaged, or refused; samples before that are good.
    """
    settings = settings or VideoSettings()
    reader = VideoReader(predictor, settings)
    with VideoFile(source, name, rate=settings.rate, limits=limits) as video:
        for seconds, frame in video:
            yield Sample(frame, reader.read(frame, name, seconds), video.duration)
        if on_end is not None:
            on_end(video.complete, video.end)


class VideoReader:
    """Reads the frames of one video, in order, wherever they come from."""

    def __init__(self, predictor: Predictor, settings: VideoSettings) -> None:
        self._predictor = predictor
        self._settings = settings
        max_gap = max(MAX_GAP, 1.5 / settings.rate)
        self._tracker = Tracker(max_gap=max_gap)
        self._over_time = FacesOverTime(settings.half_life, predictor.temporal, max_gap)
        self._may_be_turned = True
        self._tries = TRIES

    def read(self, frame_bgr: NDArray[np.uint8], name: str, seconds: float) -> ImageResult:
        """Faces of the next frame, uint8 (h, w, 3), BGR, numbered and smoothed; `seconds` never
        decrease.
        """
        result = self._predictor.predict(
            frame_bgr,
            name,
            min_confidence=self._settings.min_confidence,
            max_faces=self._settings.max_faces,
            min_face=self._settings.smallest_face(frame_bgr.shape[:2]),
            any_turn=self._may_be_turned,
        )
        found = result.faces
        self._decide_on_turns(found)
        numbers = self._follow(found, seconds)
        faces = self._smoothed(found, numbers, seconds) if found else ()
        return replace(result, faces=faces, seconds=seconds)

    def _follow(self, found: Sequence[FacePrediction], seconds: float) -> list[int]:
        """Numbers of the faces; those that are followed no more are forgotten."""
        if self._predictor.cropping is Cropping.WHOLE:
            self._over_time.keep([1])
            return [1] * len(found)
        boxes = [face.box for face in found if face.box is not None]
        numbers = self._tracker.update(boxes, seconds)
        self._over_time.keep(self._tracker.numbers)
        return numbers

    def _decide_on_turns(self, faces: Sequence[FacePrediction]) -> None:
        """Whether the video's frames lie on their side or stand on their head, by the first faces:
        trying every direction in every frame would take several times as long.
        """
        if self._tries == 0:
            return
        self._tries = 0 if faces else self._tries - 1
        if faces or self._tries == 0:
            self._may_be_turned = any(face.turn for face in faces)

    def _smoothed(
        self, found: Sequence[FacePrediction], numbers: list[int], seconds: float
    ) -> tuple[FacePrediction, ...]:
        scores = np.stack([face.probabilities for face in found])
        given = [face.features for face in found if face.features is not None]
        features = np.stack(given) if given else None
        smooth = self._over_time.update(numbers, scores, features, seconds)
        below = (self._predictor.temporal or self._predictor).unsure_below
        return tuple(
            replace(face, probabilities=row, number=number, unsure=float(row.max()) < below)
            for face, row, number in zip(found, smooth, numbers, strict=True)
        )
