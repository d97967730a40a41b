"""Reads live video: detects, classifies, smooths and draws, and never falls behind.

    processor = LiveProcessor(predictor)
    drawn_bgr = processor.process(frame_bgr)      # in the video's thread
    processor.state()                             # in any other thread

The newest frame wins: what waits behind it is counted and dropped, so slow inference
costs frames and never time. Nothing is stored; the last frame stays in memory until the
next one comes or the video ends.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.images import shrunk
from fer_core.inference import framing
from fer_core.inference.box import Box
from fer_core.inference.drawing import draw_face
from fer_core.inference.live.state import (
    TIMELINE,
    FrameCounter,
    LiveFace,
    LiveSettings,
    LiveState,
    StageTimes,
    TimelinePoint,
)
from fer_core.inference.over_time import FacesOverTime, in_words
from fer_core.inference.predictor import Predictor
from fer_core.inference.tracking import Tracker

_log = logging.getLogger(__name__)

LONG_SIDE = 320  # pixels of the image that faces are searched in
MAX_SIDE = 1280  # larger frames are shrunk to this, so that no camera can slow the server down
MAX_FACES = 6  # faces that are read in a frame, the largest first
EYES_EVERY = 0.3
"""Seconds between two close-ups of the eyes. Such a close-up costs more than all the rest of
a frame and is needed to level small faces; between two of them the eye points move along
with the box."""
CLEARLY_LARGER = 1.3
"""Times the size of the leading face from which another takes its place. Of two people side
by side now one and now the other is larger by a pixel; bars and timeline stay with one."""
_TIMELINE_STEP = 0.2  # seconds between two points of the timeline
_MOST_POINTS = 18_000  # an hour of them

LATE = 1.0  # seconds after a video's end in which a frame still belongs to it

Waiting = TypeVar("Waiting")


class LiveProcessor:
    """Reads one visitor's video: frames by one thread, state and settings by any.

    Other visitors may share the `predictor`; `clock` gives seconds that never run backwards.
    """

    def __init__(
        self,
        predictor: Predictor,
        settings: LiveSettings | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._settings = settings or LiveSettings()
        self._predictor = predictor
        self.stages = StageTimes()  # of the newest frame; for measurements
        self._videos = 0
        self.begin()

    def begin(self) -> None:
        """Forgets everything: the next frame is the first of a new video."""
        with self._lock:
            self._tracker = Tracker()
            self._over_time = FacesOverTime(self._settings.half_life)
            self._eyes: dict[int, NDArray[np.float64]] = {}
            self._eyes_seen = -np.inf
            self._counter = FrameCounter()
            self._faces: tuple[LiveFace, ...] = ()
            self._left_out = 0
            self._leading: int | None = None
            self._timeline: deque[TimelinePoint] = deque(maxlen=_MOST_POINTS)
            self._frame: NDArray[np.uint8] | None = None
            self._ended = -np.inf
            self._videos += 1

    def end(self) -> None:
        """Forgets the picture and its faces; figures and timeline stay.

        A frame that is being read now, or comes late, leaves nothing in memory either.
        """
        with self._lock:
            self._frame, self._faces, self._left_out = None, (), 0
            self._ended = self._clock()

    def configure(self, predictor: Predictor, settings: LiveSettings) -> None:
        """Takes effect from the next frame on."""
        with self._lock:
            self._predictor, self._settings = predictor, settings

    def state(self) -> LiveState:
        """What is known now."""
        with self._lock:
            now = self._clock()
            newest = self._timeline[-1].time if self._timeline else now
            recent = tuple(point for point in self._timeline if newest - point.time <= TIMELINE)
            statistics = self._counter.statistics(now)
            return LiveState(now, self._faces, recent, statistics, self._left_out)

    def whole_timeline(self) -> tuple[TimelinePoint, ...]:
        """The leading face since the video's start, or over the last hour of it, oldest first."""
        with self._lock:
            return tuple(self._timeline)

    def last_frame(self) -> NDArray[np.uint8] | None:
        """A copy of the newest frame as the camera gave it, uint8 (h, w, 3), BGR, or None."""
        with self._lock:
            return None if self._frame is None else self._frame.copy()

    def process_newest(
        self, waiting: Sequence[Waiting], decode: Callable[[Waiting], NDArray[np.uint8]]
    ) -> NDArray[np.uint8]:
        """Reads the newest of the frames that wait, oldest first, and drops the others; returns it
        with its faces drawn, uint8 (h, w, 3), BGR, mirrored where the settings say so.

        A frame that cannot be read is logged, counted and returned as it is: it does not
        end the video. `decode` gives the pixels of one, in the same form; they are not changed.
        """
        with self._lock:
            started, video = self._clock(), self._videos
            predictor, settings = self._predictor, self._settings
        frame = shrunk(decode(waiting[-1]), MAX_SIDE)
        shown = frame.copy()
        if settings.mirrored:
            cv2.flip(frame, 1, dst=shown)
        faces: tuple[LiveFace, ...] = ()
        left_out, failed = 0, False
        try:
            faces, left_out = self._read(shown, predictor, settings, started)
        except Exception:  # whatever a frame does to OpenCV or ONNX Runtime, the video continues
            failed = True
            _log.exception("A live frame could not be read.")
        faces = self._leading_first(faces)
        drawing = self._clock()
        for face in faces:
            draw_face(shown, face.box, _caption(face, len(faces)), face.label, face.confidence)
        done = self._clock()
        with self._lock:
            if video != self._videos or started < self._ended + LATE:
                return shown
            self.stages = replace(self.stages, draw=done - drawing)
            self._faces, self._left_out, self._frame = faces, left_out, frame
            dropped = len(waiting) - 1
            latency = done - started
            self._counter.add(done, latency, dropped=dropped, found=bool(faces), failed=failed)
            self._note(started, predictor, settings.half_life)
        return shown

    def process(self, frame_bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Reads one frame, uint8 (h, w, 3), BGR, as `process_newest`."""
        return self.process_newest([frame_bgr], lambda frame: frame)

    def _read(
        self, shown: NDArray[np.uint8], predictor: Predictor, settings: LiveSettings, now: float
    ) -> tuple[tuple[LiveFace, ...], int]:
        """The faces that are read, the largest first, and how many smaller ones are not."""
        begun = self._clock()
        close_up = predictor.level and now - self._eyes_seen >= EYES_EVERY
        found = predictor.detector.detect(
            shown, settings.min_confidence, exact_eyes=close_up, long_side=LONG_SIDE
        )
        boxes = found[:MAX_FACES]
        numbers = self._tracker.update(boxes, now)
        boxes = self._with_kept_eyes(boxes, numbers, now, fresh=close_up)
        detected = self._clock()
        self._over_time.change(settings.half_life, predictor.temporal)
        self._over_time.keep(self._tracker.numbers)
        if not boxes:
            self.stages = StageTimes(detect=detected - begun)
            return (), 0
        crops = [framing.crop_face(shown, box, level=predictor.level) for box in boxes]
        framed = self._clock()
        scores, features = predictor.read_faces(np.stack(crops)[..., None])
        smooth = self._over_time.update(numbers, scores, features, now)
        classified = self._clock()
        self.stages = StageTimes(detected - begun, framed - detected, classified - framed)
        faces = tuple(
            LiveFace(number, box, row, float(row.max()) < settings.unsure_below)
            for number, box, row in zip(numbers, boxes, smooth, strict=True)
        )
        return faces, len(found) - len(boxes)

    def _leading_first(self, faces: tuple[LiveFace, ...]) -> tuple[LiveFace, ...]:
        """Puts the face that led before first again, unless the largest is clearly larger."""
        if not faces:
            return faces
        leading = next((face for face in faces if face.number == self._leading), faces[0])
        if faces[0].box.size >= CLEARLY_LARGER * leading.box.size:
            leading = faces[0]
        self._leading = leading.number
        return (leading, *(face for face in faces if face is not leading))

    def _with_kept_eyes(
        self, boxes: list[Box], numbers: list[int], now: float, *, fresh: bool
    ) -> list[Box]:
        """Boxes with the landmarks of the last close-up, moved along with the box.

        A new face between two close-ups keeps its own landmarks until the next.
        """
        if fresh:
            if boxes:
                self._eyes_seen = now
            self._eyes = {
                number: (box.landmarks - np.array(box.center)) / box.size
                for number, box in zip(numbers, boxes, strict=True)
                if box.landmarks is not None and box.size > 0
            }
            return boxes
        return [self._with_eyes(box, number) for number, box in zip(numbers, boxes, strict=True)]

    def _with_eyes(self, box: Box, number: int) -> Box:
        if number not in self._eyes:
            return box
        landmarks = (self._eyes[number] * box.size + box.center).astype(np.float32)
        return replace(box, landmarks=landmarks)

    def _note(self, now: float, predictor: Predictor, half_life: float) -> None:
        """Adds a point to the timeline where one is due."""
        if self._timeline and now - self._timeline[-1].time < _TIMELINE_STEP:
            return
        point = TimelinePoint(now, None, None)
        if self._faces:
            face = self._faces[0]
            by = predictor.classifier.run_id, in_words(predictor.temporal, half_life)
            point = TimelinePoint(now, face.number, face.probabilities, face.label, *by)
        self._timeline.append(point)


def _caption(face: LiveFace, count: int) -> str:
    """`happy 87 %`, with the face's number before it where there are several."""
    number = f"{face.number}: " if count > 1 else ""
    return f"{number}{face.label} {100 * face.confidence:.0f} %"
