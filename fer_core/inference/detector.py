"""Finds faces: YuNet where its file can be had, else OpenCV's Haar cascade.

YuNet takes a close-up of whatever may be a face, and the mean of both confidences decides: real
faces are surer in the close-up, above all small ones, and most cups and clocks are none. The
close-up also gives the exact eye points that levelling needs, and turned by 90, 180 and 270
degrees it tells a photograph that lies on its side or stands on its head.
"""

import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import DetectorError
from fer_core.inference import detector_file, haar
from fer_core.inference.box import Box
from fer_core.inference.framing import warp
from fer_core.inference.search import Find, scales, search
from fer_core.inference.turning import TURNS, turned, turned_back
from fer_core.inference.yunet import FLOOR, YuNet

DEFAULT_CONFIDENCE = 0.6

EYES_SIZE = 180
"""Pixels of the searched image: in smaller faces YuNet gives eye points that hardly follow
the head's tilt (measured: 4 degrees where it is 20), so those of the close-up are taken."""
CLOSE_UP = (320, 1.5)  # side of a close-up in pixels, and of what it shows in sides of the box
_UPRIGHT = 0.9  # confidence in a close-up from which it is not tried in other directions
_BETTER = 0.03  # by which a turned close-up must be surer than the upright one
_TURNED = 0.85  # confidence that a turned close-up must have
_TURNED_PICTURE = 0.75  # and the surest face of a turned picture
"""Measured on 240 training images pasted at 40, 96, 192 and 288 pixels into scenes of 640x480: of
the faces found, 0.1 % of upright ones are taken for turned; of turned ones 9 in 10 are righted."""


class _Faces(Protocol):
    def faces(self, image_bgr: NDArray[np.uint8], min_confidence: float) -> list[Box]: ...


class FaceDetector:
    """A face detector that threads may share.

    Attributes:
        name: `YuNet` or `Haar cascade`.
        note: one sentence why the fallback is used; empty with YuNet.
    """

    def __init__(self, name: str, network: _Faces, note: str = "") -> None:
        self.name = name
        self.note = note
        self._network = network

    def detect(
        self,
        frame_bgr: NDArray[np.uint8],
        min_confidence: float = DEFAULT_CONFIDENCE,
        *,
        exact_eyes: bool = True,
        min_face: float | None = None,
        any_turn: bool = True,
        long_side: int | None = None,
    ) -> list[Box]:
        """Faces in a picture, uint8 (h, w, 3), BGR, largest first.

        Args:
            frame_bgr: the picture; boxes are in its pixels.
            min_confidence: 0.3-1, below which faces are omitted; the Haar cascade has none.
            exact_eyes: whether YuNet takes close-ups, which cost a few milliseconds a face.
            min_face: pixels of the smallest face that is looked for; None for what the picture's
                size allows (`search.scales`).
            any_turn: whether close-ups, and a picture without a face, are tried in four directions.
            long_side: pixels, at least 320, to which a larger picture is shrunk for a single
                quick search, whose close-ups give the eyes alone; None for all searches needed.
        """
        if self.name != "YuNet" or not exact_eyes:
            boxes = search(frame_bgr, self._find(min_confidence), min_face, long_side)
        elif long_side is not None:
            found = search(frame_bgr, self._find(min_confidence), min_face, long_side)
            scale = scales(frame_bgr.shape[:2], min_face, long_side)[-1]
            boxes = [self._with_exact_eyes(frame_bgr, box, scale) for box in found]
        else:
            boxes = self._confirmed(frame_bgr, min_confidence, min_face, any_turn)
            for degrees in _worth_trying(boxes) if any_turn else ():
                picture = turned(frame_bgr, degrees)
                found = self._confirmed(picture, min_confidence, min_face, any_turn)
                if max(map(_confidence, found), default=0.0) >= _TURNED_PICTURE:
                    again = turned_back(found, degrees, frame_bgr.shape[:2])
                    boxes = max(boxes, again, key=_sum_of_confidence)
        return sorted(boxes, key=lambda box: box.size, reverse=True)

    def _find(self, min_confidence: float) -> Find:
        return lambda image: self._network.faces(image, min_confidence)

    def _confirmed(
        self,
        frame: NDArray[np.uint8],
        min_confidence: float,
        min_face: float | None,
        any_turn: bool,
    ) -> list[Box]:
        """Faces of which search and close-up together are sure enough."""
        scale = scales(frame.shape[:2], min_face)[0]
        looks = (
            self._looked_at(frame, box, scale, any_turn)
            for box in search(frame, self._find(FLOOR), min_face)
        )
        return [box for box in looks if box.confidence >= min_confidence]

    def _looked_at(self, frame: NDArray[np.uint8], box: Box, scale: float, any_turn: bool) -> Box:
        """`box` with the confidence, eye points and turn that its close-up gives it."""
        closeup, factor, corner = _close_up(frame, box)
        best = self._middle_face(closeup, 0)
        if any_turn and _confidence(best) < _UPRIGHT:
            other = max((self._middle_face(closeup, t) for t in TURNS), key=_confidence)
            if _confidence(other) >= max(_TURNED, _confidence(best) + _BETTER):
                best = other
        seen = replace(box, confidence=(box.confidence + _confidence(best)) / 2)
        # Of a face that was large where it was found the points are exact.
        if best is None or (best.turn == 0 and box.size * scale >= EYES_SIZE):
            return seen
        assert best.landmarks is not None
        landmarks = (best.landmarks * factor + corner).astype(np.float32)
        return replace(seen, landmarks=landmarks, turn=best.turn)

    def _with_exact_eyes(self, frame: NDArray[np.uint8], box: Box, scale: float) -> Box:
        if box.size * scale >= EYES_SIZE:
            return box
        return replace(self._looked_at(frame, box, scale, False), confidence=box.confidence)

    def _middle_face(self, closeup: NDArray[np.uint8], degrees: int) -> Box | None:
        """The surest face in the middle of a close-up turned by `degrees`, in its pixels, that
        is about as large as the face the close-up was taken of.
        """
        found = self._network.faces(turned(closeup, degrees), FLOOR)
        side = closeup.shape[0]
        expected = side / CLOSE_UP[1]
        near = [
            box
            for box in found
            if np.linalg.norm(np.subtract(box.center, side / 2)) < side / 8
            and expected / 2 < max(box.width, box.height) < 2 * expected
        ]
        back = turned_back(near, degrees, (side, side))
        return max(back, key=_confidence, default=None)


_lock = threading.Lock()
_loaded: FaceDetector | None = None


def load_detector(retry: bool = False) -> FaceDetector:
    """The process's detector; the first call, or one with `retry` where that failed before, may
    fetch YuNet, within 5 seconds. YuNet's file that has come in another way is loaded at once.

    Raises:
        DetectorError: neither YuNet nor the Haar cascade can be had.
    """
    global _loaded
    with _lock:
        if _loaded is None or (_loaded.note and (retry or detector_file.find() is not None)):
            try:
                _loaded = yunet_detector(detector_file.locate(retry=retry))
            except DetectorError as exc:
                if _loaded is None or retry:
                    note = f"{exc} The Haar cascade, which finds fewer faces, is used."
                    _loaded = haar_detector(note)
        return _loaded


def yunet_detector(path: Path) -> FaceDetector:
    """YuNet from a verified file; raises `DetectorError` where it cannot be loaded."""
    return FaceDetector("YuNet", YuNet(path))


def haar_detector(note: str = "") -> FaceDetector:
    """The frontal-face Haar cascade of OpenCV; raises `DetectorError` where it has none."""
    return FaceDetector(haar.NAME, haar.HaarCascade(), note)


def _close_up(
    frame: NDArray[np.uint8], box: Box
) -> tuple[NDArray[np.uint8], float, NDArray[np.float64]]:
    """A square around a box; pixels of the frame for each of its own; its upper left corner."""
    pixels, share = CLOSE_UP
    factor = max(box.width, box.height) * share / pixels
    corner = np.array(box.center) - factor * pixels / 2
    matrix = np.array([[factor, 0, corner[0]], [0, factor, corner[1]]])
    return warp(frame, matrix, pixels), factor, corner


def _worth_trying(boxes: list[Box]) -> tuple[int, ...]:
    """In which directions a picture with these faces may show more: all where it has none, and
    the one in which most of them stand.
    """
    if not boxes:
        return TURNS
    (turn, _), *_ = Counter(box.turn for box in boxes).most_common(1)
    return (turn,) if turn else ()


def _confidence(box: Box | None) -> float:
    return 0.0 if box is None else box.confidence


def _sum_of_confidence(boxes: list[Box]) -> float:
    return sum(box.confidence for box in boxes)
