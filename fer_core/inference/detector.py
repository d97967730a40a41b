"""Finds faces: YuNet where its file can be had, else OpenCV's Haar cascade.

An OpenCV detector keeps state between calls and must not be used by two threads at
once; a `FaceDetector` hands each call an instance of its own and may be shared.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.errors import DetectorError
from fer_core.inference import detector_file
from fer_core.inference.box import Box
from fer_core.inference.framing import warp

DETECTION_SIZE = 640  # pictures are shrunk until their long side is this many pixels
MIN_DETECTION_SIZE = 320  # smaller pictures are enlarged until their long side is this many pixels
DEFAULT_CONFIDENCE = 0.6

_EYES_SIZE = 180
"""Pixels of the searched image: in smaller faces YuNet gives eye points that hardly follow
the head's tilt (measured: 4 degrees where it is 20), so they are searched again."""
_CLOSE_UP = (320, 1.5)  # side of the picture of that second look, and of what it shows in box sides
_CLOSE_UPS = 8  # faces a picture that get a second look
_HAAR_FILE = "haarcascade_frontalface_alt2.xml"
_HAAR_NEIGHBORS = 2
"""Measured on 120 training images pasted into scenes, and 18 photographs without a face: this
cascade with 2 neighbours finds 58, 65 and 75 % (96, 192 and 288 pixels) and 8 false faces in
the photographs; OpenCV's default one with its usual 5 finds 52, 53 and 63 % and 12. No setting
comes near YuNet: with 1 neighbour and steps of 1.05 it is 80 % at 192 pixels, and 62 false."""
_MIN_SIDE = 16
_NMS_THRESHOLD = 0.3
_YUNET_FLOOR = 0.3
_MARGIN = 0.25


class FaceDetector:
    """A face detector that threads may share.

    Attributes:
        name: `YuNet` or `Haar cascade`.
        note: one sentence why the fallback is used; empty with YuNet.
    """

    def __init__(self, name: str, make: Callable[[], Any], note: str = "") -> None:
        self.name = name
        self.note = note
        self._make = make
        self._idle: list[Any] = [make()]
        # Apart, as all close-ups have one size: another size costs an instance 7 ms.
        self._idle_closeups: list[Any] = []

    def detect(
        self,
        frame_bgr: NDArray[np.uint8],
        min_confidence: float = DEFAULT_CONFIDENCE,
        *,
        exact_eyes: bool = True,
        long_side: int = DETECTION_SIZE,
    ) -> list[Box]:
        """Faces in a picture, uint8 (h, w, 3), BGR, largest first.

        A picture without a face is searched again with a margin around it, because a
        face that fills the picture is only found with something around it.

        Faces below `min_confidence`, 0.3-1, are omitted; the Haar cascade has none. With
        `exact_eyes` YuNet takes a close-up of the largest small faces, which levelling needs and
        which costs a few milliseconds a face. Larger pictures are shrunk to `long_side` pixels,
        at least 320; less is quicker and misses small faces.
        """
        if min(frame_bgr.shape[:2]) < _MIN_SIDE:
            return []
        boxes = self._search(frame_bgr, 0, min_confidence, long_side)
        if not boxes:
            margin = round(_MARGIN * max(frame_bgr.shape[:2]))
            boxes = self._search(frame_bgr, margin, min_confidence, long_side)
        boxes.sort(key=lambda box: box.size, reverse=True)
        if self.name != "YuNet" or not exact_eyes:
            return boxes
        scale = _search_scale(max(frame_bgr.shape[:2]), long_side)
        return [
            self._with_exact_eyes(frame_bgr, box)
            if number < _CLOSE_UPS and box.size * scale < _EYES_SIZE
            else box
            for number, box in enumerate(boxes)
        ]

    def _with_exact_eyes(self, frame: NDArray[np.uint8], box: Box) -> Box:
        """`box` with the landmarks that a close-up of it shows."""
        pixels, share = _CLOSE_UP
        scale = max(box.width, box.height) * share / pixels
        corner = np.array(box.center) - scale * pixels / 2
        closeup = warp(frame, np.array([[scale, 0, corner[0]], [0, scale, corner[1]]]), pixels)
        with self._instance(self._idle_closeups) as instance:
            found = _yunet(instance, closeup, _YUNET_FLOOR)
        middle = np.full(2, pixels / 2)
        near = [b for b in found if np.linalg.norm(b.center - middle) < pixels / 8]
        if not near:
            return box
        best = max(near, key=lambda b: b.confidence)
        assert best.landmarks is not None
        landmarks = (best.landmarks * scale + corner).astype(np.float32)
        return replace(box, landmarks=landmarks)

    def _search(
        self, frame: NDArray[np.uint8], margin: int, confidence: float, long_side: int
    ) -> list[Box]:
        height, width = frame.shape[:2]
        scale = _search_scale(max(height, width) + 2 * margin, long_side)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        if min(size) < _MIN_SIDE:
            return []
        image: NDArray[Any] = frame
        if scale != 1:
            how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            image = cv2.resize(frame, size, interpolation=how)
        pad = round(margin * scale)
        if pad:
            image = cv2.copyMakeBorder(image, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
        factors = np.array([width / size[0], height / size[1]])
        with self._instance(self._idle) as instance:
            is_yunet = self.name == "YuNet"
            found = _yunet(instance, image, confidence) if is_yunet else _haar(instance, image)
        return [_moved(box, pad, factors) for box in found]

    @contextmanager
    def _instance(self, idle: list[Any]) -> Iterator[Any]:
        """An instance that no other thread uses; `list.pop` and `append` are atomic."""
        try:
            instance = idle.pop()
        except IndexError:
            instance = self._make()
        yield instance
        idle.append(instance)


_lock = threading.Lock()
_loaded: FaceDetector | None = None


def load_detector(retry: bool = False) -> FaceDetector:
    """The process's detector; the first call, or one with `retry` where that failed before, may
    fetch YuNet, within 5 seconds.

    Raises:
        DetectorError: neither YuNet nor the Haar cascade can be had.
    """
    global _loaded
    with _lock:
        if _loaded is None or (retry and _loaded.note):
            try:
                _loaded = yunet_detector(detector_file.locate(retry=retry))
            except DetectorError as exc:
                note = f"{exc} The Haar cascade, which finds fewer faces, is used."
                _loaded = haar_detector(note)
        return _loaded


def yunet_detector(path: Path) -> FaceDetector:
    """YuNet from a verified file; raises `DetectorError` where OpenCV cannot load it."""

    def make() -> Any:
        try:
            return cv2.FaceDetectorYN.create(
                str(path), "", (320, 320), _YUNET_FLOOR, _NMS_THRESHOLD, 1000
            )
        except cv2.error as exc:
            raise DetectorError("OpenCV could not load the YuNet face detector.") from exc

    return FaceDetector("YuNet", make)


def haar_detector(note: str = "") -> FaceDetector:
    """The frontal-face Haar cascade of OpenCV; raises `DetectorError` where it has none."""

    def make() -> Any:
        folder = getattr(getattr(cv2, "data", None), "haarcascades", "")
        cascade = cv2.CascadeClassifier(str(Path(folder) / _HAAR_FILE))
        if cascade.empty():
            raise DetectorError(
                "This OpenCV has no Haar cascade. Install opencv-python-headless 4.14."
            )
        return cascade

    return FaceDetector("Haar cascade", make, note)


def _search_scale(side: int, limit: int) -> float:
    """Factor by which a picture of that longer side is resized to be searched with `limit` pixels
    at most.
    """
    return float(np.clip(1.0, MIN_DETECTION_SIZE / side, limit / side))


def _yunet(instance: Any, image: NDArray[Any], confidence: float) -> list[Box]:
    height, width = image.shape[:2]
    instance.setInputSize((width, height))
    _, rows = instance.detect(image)
    if rows is None:
        return []
    return [
        Box(
            (float(row[0]), float(row[1]), float(row[0] + row[2]), float(row[1] + row[3])),
            float(row[14]),
            np.asarray(row[4:14], dtype=np.float32).reshape(5, 2),
        )
        for row in rows
        if row[14] >= confidence and _is_plausible(row, max(width, height))
    ]


def _is_plausible(row: NDArray[np.float32], long_side: int) -> bool:
    """Whether a detection has a size; in pictures without content YuNet's may overflow."""
    finite = bool(np.isfinite(row).all())
    return finite and min(row[2], row[3]) > 0 and max(row[2], row[3]) < 2 * long_side


def _haar(instance: Any, image: NDArray[Any]) -> list[Box]:
    gray = cv2.equalizeHist(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))
    found = instance.detectMultiScale(
        gray, scaleFactor=1.1, minNeighbors=_HAAR_NEIGHBORS, minSize=(24, 24)
    )
    return [
        Box((float(x), float(y), float(x + w), float(y + h)), 1.0, None, "Haar cascade")
        for x, y, w, h in found
    ]


def _moved(box: Box, pad: int, factors: NDArray[np.float64]) -> Box:
    """`box` of the searched image in pixels of the picture it was made from."""
    corners = (np.reshape(box.xyxy, (2, 2)) - pad) * factors
    left, top, right, bottom = (float(value) for value in corners.ravel())
    landmarks = None
    if box.landmarks is not None:
        landmarks = ((box.landmarks - pad) * factors).astype(np.float32)
    return Box((left, top, right, bottom), box.confidence, landmarks, box.detector)
