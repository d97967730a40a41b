"""What was seen in a video: figures of every sample, and all of them as an annotated video."""

import io
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.inference.results import (
    BOX_COLUMNS,
    COLUMNS,
    WHOLE_NUMBERS,
    FacePrediction,
    ImageResult,
    about,
    corners,
    time_code,
)
from fer_core.inference.video.annotated import AnnotatedVideo
from fer_core.inference.video.reader import Sample

VIDEO_SIDE: Final = 640  # pixels of the longer side of the annotated video

_ROW = np.dtype(
    [
        ("sample", np.int32),
        ("seconds", np.float64),
        ("number", np.int32),
        ("unsure", np.bool_),
        ("size", np.int32, 2),
        ("turn", np.int16),
        ("box", np.float32, 4),
        ("box_confidence", np.float32),
        ("probabilities", np.float32, NUM_CLASSES),
    ]
)


class VideoLog:
    """Collects samples. A face costs 80 bytes a sample, and ten minutes of annotated video about
    12 MB; `rate` is the samples a second that were asked for.
    """

    def __init__(self, name: str, rate: float) -> None:
        self.name = name
        self.annotated = b""  # an MP4 of the samples; complete after `close`
        self.duration: float | None = None  # of the video in seconds, as its file says it
        self.complete = False  # whether the video was read to its end; set by the reader
        self.end: float | None = None  # of the picture, where that is known; set by the reader
        self.error: str | None = None  # why reading ended early; set by the reader
        self.ended = False  # whether there is nothing more to read; set by the reader
        self._buffer = io.BytesIO()
        self._video = AnnotatedVideo(self._buffer, rate, VIDEO_SIDE)
        self._rate = rate
        self._about: dict[str, str] = {}  # what it was read with
        self.seconds = 0.0  # of the last sample
        self.size = (0, 0)  # its height and width
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
        self.size = (result.height, result.width)
        self._video.add(sample.frame_bgr, result)
        self.with_face += bool(result.faces)
        for face in result.faces or (None,):
            self._append(self.samples, result, face)
        self.samples += 1

    def close(self) -> None:
        """Ends the annotated video; what was seen so far is in it."""
        self._video.close()
        self.annotated = self._buffer.getvalue()
        self._buffer = io.BytesIO()

    def set_complete(self, complete: bool, end: float | None) -> None:
        """Notes whether the video was read to its end, and when its picture ends."""
        self.complete, self.end = complete, end

    def numbers(self) -> list[int]:
        """Numbers of the faces, the one seen longest first."""
        numbers, seconds = self._seen_for()
        return [int(number) for number in numbers[np.lexsort((numbers, -seconds))]]

    def lasting(self) -> list[int]:
        """`numbers` without those seen less than a tenth as long as the first: mostly false faces,
        and faces whose number was lost for a moment.
        """
        numbers, seconds = self._seen_for()
        long = set(numbers[10 * seconds >= seconds.max(initial=0)])
        return [number for number in self.numbers() if number in long]

    def shares(self, number: int | None = None) -> tuple[NDArray[np.float64], float]:
        """Share of the time by emotion, of one face or of all together: float (7,) in class order,
        and the share without an answer; together 1, or all 0 where no face was seen.
        """
        of = self._is_of(number)
        if not of.any():
            return np.zeros(NUM_CLASSES), 0.0
        rows, seconds = self._all[of], self._row_seconds()[of]
        labels = rows["probabilities"].argmax(axis=1)
        sure = np.bincount(labels, seconds * ~rows["unsure"], NUM_CLASSES)
        return sure / seconds.sum(), float(seconds[rows["unsure"]].sum() / seconds.sum())

    def timeline(self, number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Seconds (n,) and one face's probabilities (n, 7), in class order, with a row of NaN
        wherever it was not seen.
        """
        rows = self._all[self._is_of(number)]
        seconds = rows["seconds"].astype(np.float64)
        values = rows["probabilities"].astype(np.float64)
        gaps = np.flatnonzero(np.diff(rows["sample"]) > 1) + 1
        middle = (seconds[gaps - 1] + seconds[gaps]) / 2 if len(gaps) else np.zeros(0)
        return np.insert(seconds, gaps, middle), np.insert(values, gaps, np.nan, axis=0)

    def to_frame(self) -> pd.DataFrame:
        """The table that `fer_core.inference.results.to_frame` gives of the samples' results, with
        a row of the error that ended the reading, if one did.
        """
        rows = self._all
        scores = rows["probabilities"].astype(np.float64)
        has_face = rows["number"] > 0
        table = pd.DataFrame(
            {
                "image": self.name,
                "time_code": [time_code(float(value)) for value in rows["seconds"]],
                "seconds": rows["seconds"].round(3),
                "width": rows["size"][:, 0],
                "height": rows["size"][:, 1],
                "face": rows["number"],
                "label": np.array(CLASS_NAMES, dtype=object)[scores.argmax(axis=1)],
                "unsure": pd.array(rows["unsure"], "boolean"),
                "confidence": scores.max(axis=1).round(6),
                **pd.DataFrame(rows["box"], columns=BOX_COLUMNS),
                "face_confidence": rows["box_confidence"].astype(np.float64).round(4),
                **dict(zip(CLASS_NAMES, scores.round(6).T, strict=True)),
                "turn": rows["turn"],
                **self._about,
            },
            columns=COLUMNS,
        ).astype(dict.fromkeys(WHOLE_NUMBERS, "Int64"))
        table.loc[~has_face, ["face", "label", "unsure", "turn"]] = None
        if self.error is None:
            return table
        end = {"image": self.name, "width": 0, "height": 0, "error": self.error, **self._about}
        return pd.concat([table, pd.DataFrame([end])])

    @property
    def _all(self) -> NDArray[np.void]:
        return self._rows[: self._count]

    def _is_of(self, number: int | None) -> NDArray[np.bool_]:
        """Of each row whether it is of that face; of any by None."""
        numbers = self._all["number"]
        of: NDArray[np.bool_] = numbers > 0 if number is None else numbers == number
        return of

    def _row_seconds(self) -> NDArray[np.float64]:
        """Of each row the seconds until the next sample, as some videos show a frame for long; of
        the last sample those until the picture ends or, where that is not known, until another one
        would have come.
        """
        end = self.seconds + 1 / self._rate
        if self.end is not None and self.end > self.seconds:
            end = self.end
        _, first = np.unique(self._all["sample"], return_index=True)
        lasting = np.diff(self._all["seconds"][first], append=end)
        seconds: NDArray[np.float64] = lasting[self._all["sample"]]
        return seconds

    def _seen_for(self) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Numbers of the faces, and the seconds in which each was seen."""
        of = self._is_of(None)
        numbers, places = np.unique(self._all["number"][of], return_inverse=True)
        seconds = np.zeros(len(numbers))
        np.add.at(seconds, places, self._row_seconds()[of])
        return numbers, seconds.round(3)

    def _append(self, sample: int, result: ImageResult, face: FacePrediction | None) -> None:
        """Adds a row of a face, or of a sample without one."""
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        row = self._rows[self._count]
        row["sample"], row["seconds"] = sample, result.seconds
        row["size"] = result.width, result.height
        row["number"] = 0 if face is None else face.number
        row["box"] = row["box_confidence"] = row["probabilities"] = np.nan
        if face is not None:
            row["unsure"], row["probabilities"] = face.unsure, face.probabilities
            row["turn"] = face.turn
            if face.box is not None:
                row["box"] = tuple(corners(face.box).values())
                measured = face.box.measured_confidence
                row["box_confidence"] = np.nan if measured is None else measured
        self._count += 1
