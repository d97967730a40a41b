"""YuNet in ONNX Runtime: the faces of one picture at the size that it has.

Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", 2023. OpenCV's `FaceDetectorYN`
gives the same faces in two to four times the time, and must not be shared by threads.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.errors import DetectorError
from fer_core.inference.box import Box

FLOOR = 0.3  # confidence below which nothing is a face
STRIDES = (8, 16, 32)  # pixels between the anchors of each of the network's three levels
_OUTPUTS = ("cls", "obj", "bbox", "kps")
OVERLAP = 0.3  # of two detections (IoU) from which they are one face
MOST = 1000  # detections of which overlapping ones are sought, the surest first


class YuNet:
    """The network in a file, on one thread; threads may share it.

    Raises:
        DetectorError: ONNX Runtime cannot load the file.
    """

    def __init__(self, path: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as exc:  # ONNX Runtime's own exceptions share no base class
            raise DetectorError("ONNX Runtime could not load the YuNet face detector.") from exc

    def faces(self, image_bgr: NDArray[np.uint8], min_confidence: float = FLOOR) -> list[Box]:
        """Faces of uint8 (h, w, 3), BGR, surest first, in its pixels, with landmarks."""
        height, width = image_bgr.shape[:2]
        step = STRIDES[-1]
        rows, columns = -(-height // step), -(-width // step)
        padded = np.zeros((1, 3, rows * step, columns * step), dtype=np.float32)
        padded[0, :, :height, :width] = image_bgr.transpose(2, 0, 1)
        names = [f"{name}_{stride}" for stride in STRIDES for name in _OUTPUTS]
        outputs: list[Any] = self._session.run(names, {"input": padded})
        found = [
            _decoded(outputs[4 * level : 4 * level + 4], columns * step, stride, min_confidence)
            for level, stride in enumerate(STRIDES)
        ]
        table = np.concatenate(found)
        # In pictures without content a size may overflow.
        sizes = table[:, 2:4]
        sound = np.isfinite(table).all(axis=1) & (sizes.min(axis=1, initial=1e9) > 0)
        table = table[sound & (sizes.max(axis=1, initial=0) < 2 * max(width, height))]
        kept = cv2.dnn.NMSBoxes(
            table[:, :4].tolist(), table[:, 14].tolist(), min_confidence, OVERLAP, top_k=MOST
        )
        return [_box(table[index]) for index in np.ravel(kept).astype(int)]


def _decoded(
    outputs: list[NDArray[np.float32]], width: int, stride: int, min_confidence: float
) -> NDArray[np.float32]:
    """What one level found: float32 (n, 15), left, top, width, height, five points, confidence."""
    classes, objects, boxes, points = (output[0] for output in outputs)
    confidence = np.sqrt(np.clip(classes[:, 0], 0, 1) * np.clip(objects[:, 0], 0, 1))
    at = np.flatnonzero(confidence >= min_confidence)
    anchors = np.stack([at % (width // stride), at // (width // stride)], axis=1)
    centers = (anchors + boxes[at, :2]) * stride
    with np.errstate(over="ignore"):
        sizes = np.exp(boxes[at, 2:]) * stride
    landmarks = (points[at] + np.tile(anchors, 5)) * stride
    parts = (centers - sizes / 2, sizes, landmarks, confidence[at, None])
    return np.concatenate(parts, axis=1, dtype=np.float32)


def _box(row: NDArray[np.float32]) -> Box:
    left, top, width, height = (float(value) for value in row[:4])
    corners = (left, top, left + width, top + height)
    return Box(corners, float(row[14]), row[4:14].reshape(5, 2).copy())
