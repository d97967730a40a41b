"""What was seen in a video, kept small: figures of every sample and a few stills."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.images import jpeg, shrunk
from fer_core.inference.drawing import annotate
from fer_core.inference.results import BOX_COLUMNS, FacePrediction, ImageResult, about, time_code
from fer_core.inference.video.reader import Sample

MAX_STILLS: Final = 150  # pictures that are kept of a video; a longer one has them further apart
STILL_SIDE: Final = 320  # pixels of a still's longer side

_ROW = np.dtype(
    [
        ("sample", np.int32),
        ("seconds", np.float64),
        ("number", np.int32),
        ("unsure", np.bool_),
        ("box", np.float32, 4),
        ("box_confidence", np.float32),
        ("probabilities", np.float32, NUM_CLASSES),
    ]
)


@dataclass(frozen=True)
class Still:
    """A picture of one sample, `seconds` from the video's first frame: as JPEG, with its faces
    drawn, and in words.
    """

    seconds: float
    jpeg: bytes
    text: str


class VideoLog:
    """Collects samples. A face costs 70 bytes a sample, and there are at most `MAX_STILLS`
    stills, however long the video; `rate` is the samples a second that were asked for.
    """

    def __init__(self, name: str, rate: float) -> None:
        self.name = name
        self.rate = rate
        self.duration: float | None = None  # of the video in seconds, as its file says it
        self.complete = False  # whether the video was read to its end; set by the reader
        self.error: str | None = None  # why reading ended early; set by the reader
        self.ended = False  # whether there is nothing more to read; set by the reader
        self.stills: list[Still] = []
        self._about: dict[str, str] = {}  # what it was read with
        self.seconds = 0.0  # of the last sample
        self._every = 1
        self.samples = 0  # so far
        self.with_face = 0  # samples with a face
        self._rows = np.zeros(256, _ROW)
        self._count = 0

    def add(self, sample: Sample) -> None:
        """Takes in the next sample."""
        result = sample.result
        assert result.seconds is not None
        self.duration = sample.duration
        self._about = about(result)
        self.seconds = result.seconds
        if self.samples % self._every == 0:
            self._keep_still(sample)
        self.with_face += bool(result.faces)
        for face in result.faces:
            self._append(self.samples, result, face)
        self.samples += 1

    def set_complete(self, complete: bool) -> None:
        """Notes whether the video was read to its end."""
        self.complete = complete

    def numbers(self) -> list[int]:
        """Numbers of the faces, the one seen longest first."""
        numbers, counts = np.unique(self._seen["number"], return_counts=True)
        return [int(number) for number in numbers[np.lexsort((numbers, -counts))]]

    def shares(self, number: int | None = None) -> tuple[NDArray[np.float64], float]:
        """Share of the time by emotion, of one face or of all together: float (7,) in class order,
        and the share without an answer; together 1, or all 0 where no face was seen.
        """
        rows = self._of(number)
        if not len(rows):
            return np.zeros(NUM_CLASSES), 0.0
        labels = rows["probabilities"].argmax(axis=1)[~rows["unsure"]]
        counts = np.bincount(labels, minlength=NUM_CLASSES)
        return counts / len(rows), float(rows["unsure"].mean())

    def timeline(self, number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Seconds (n,) and one face's probabilities (n, 7), in class order, with a row of NaN
        wherever it was not seen.
        """
        rows = self._of(number)
        seconds = rows["seconds"].astype(np.float64)
        values = rows["probabilities"].astype(np.float64)
        gaps = np.flatnonzero(np.diff(rows["sample"]) > 1) + 1
        middle = (seconds[gaps - 1] + seconds[gaps]) / 2 if len(gaps) else np.zeros(0)
        return np.insert(seconds, gaps, middle), np.insert(values, gaps, np.nan, axis=0)

    def to_frame(self) -> pd.DataFrame:
        """One row a face and sample: video, time_code, seconds, face, label, unsure,
        confidence, left, top, right, bottom (whole pixels of the file's frame; empty where all of
        it was taken), face_confidence, one smoothed probability a class, detector, model,
        framing, version.
        """
        rows = self._seen
        scores = rows["probabilities"]
        corners = pd.DataFrame(rows["box"].round(), columns=BOX_COLUMNS).astype("Int64")
        by_class = dict(zip(CLASS_NAMES, scores.round(6).T, strict=True))
        return pd.DataFrame(
            {
                "video": self.name,
                "time_code": [time_code(float(value)) for value in rows["seconds"]],
                "seconds": rows["seconds"].round(3),
                "face": rows["number"],
                "label": np.array(CLASS_NAMES, dtype=object)[scores.argmax(axis=1)],
                "unsure": rows["unsure"],
                "confidence": scores.max(axis=1).round(6),
                **corners,
                "face_confidence": rows["box_confidence"].round(4),
                **by_class,
                **self._about,
            }
        )

    @property
    def _seen(self) -> NDArray[np.void]:
        return self._rows[: self._count]

    def _of(self, number: int | None) -> NDArray[np.void]:
        seen = self._seen
        return seen if number is None else seen[seen["number"] == number]

    def _append(self, sample: int, result: ImageResult, face: FacePrediction) -> None:
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        box = (np.nan,) * 4 if face.box is None else tuple(result.corners(face.box).values())
        confidence = np.nan if face.box is None else face.box.confidence
        self._rows[self._count] = (
            *(sample, result.seconds, face.number or 0, face.unsure, box, confidence),
            face.probabilities,
        )
        self._count += 1

    def _keep_still(self, sample: Sample) -> None:
        if len(self.stills) >= MAX_STILLS:
            self.stills = self.stills[::2]
            self._every *= 2
            if self.samples % self._every:
                return
        self.stills.append(_still(sample))


def _still(sample: Sample) -> Still:
    result = sample.result
    assert result.seconds is not None
    drawn = shrunk(annotate(sample.frame_bgr, result), STILL_SIDE)
    return Still(result.seconds, jpeg(drawn, quality=80), _words(result))


def _words(result: ImageResult) -> str:
    if not result.faces:
        return "no face"
    return "; ".join(
        f"face {face.number} {face.answer} {100 * face.confidence:.0f} %" for face in result.faces
    )
