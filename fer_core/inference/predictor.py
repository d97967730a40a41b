"""From a picture to its faces and their emotions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import ImageError
from fer_core.inference import framing
from fer_core.inference.box import Box
from fer_core.inference.classifier import Classifier
from fer_core.inference.detector import DEFAULT_CONFIDENCE, FaceDetector
from fer_core.inference.drawing import annotate
from fer_core.inference.framing import Cropping
from fer_core.inference.pictures.decode import read_image
from fer_core.inference.results import FacePrediction, ImageResult, to_frame, to_json
from fer_core.inference.temporal import TemporalModel

__all__ = ["FacePrediction", "ImageResult", "Predictor", "annotate", "to_frame", "to_json"]


@dataclass(frozen=True)
class Predictor:
    """A classifier behind a face detector. Threads may share it.

    Below the probability `unsure_below`, 0-1, a face gets no answer; it is a run's
    `abstain_below`, fitted on validation images. A `temporal` model reads the classifier's features
    over time in videos, with an `unsure_below` of its own; pictures are read without it.
    """

    classifier: Classifier
    detector: FaceDetector
    cropping: Cropping = Cropping.ALIGNED
    unsure_below: float = 0.0
    temporal: TemporalModel | None = None

    @property
    def identity(self) -> tuple[object, ...]:
        """Equal for predictors that give equal answers, also where one was loaded again."""
        over_time = self.temporal
        return (
            *(self.classifier.run_id, self.classifier.stamp, self.unsure_below),
            *(self.detector.name, self.cropping),
            over_time and (over_time.run_id, over_time.stamp, over_time.unsure_below),
        )

    @property
    def level(self) -> bool:
        """Whether faces are turned until their eyes are level."""
        return self.cropping is Cropping.ALIGNED

    def predict(
        self,
        frame_bgr: NDArray[np.uint8],
        name: str = "image",
        *,
        min_confidence: float = DEFAULT_CONFIDENCE,
        max_faces: int | None = None,
        min_face: float | None = None,
        any_turn: bool = True,
    ) -> ImageResult:
        """Finds every face of uint8 (h, w, 3), BGR, largest first, and classifies it; with
        `Cropping.WHOLE` the picture's middle is the one face.

        Args:
            frame_bgr: the picture; boxes are in its pixels.
            name: carried into the result.
            min_confidence: of the face detector, 0.3-1.
            max_faces: how many are read, None for all; the result says how many others there are.
            min_face: pixels of the smallest face that is looked for; None for what the picture's
                size allows.
            any_turn: whether a photograph that lies on its side or stands on its head is read as
                if upright; its faces say so in `turn`.
        """
        if self.cropping is Cropping.WHOLE:
            return self.whole_picture(frame_bgr, name)
        found = self.detector.detect(
            frame_bgr, min_confidence, min_face=min_face, any_turn=any_turn
        )
        boxes = found[:max_faces]
        crops = [framing.crop(frame_bgr, box, self.cropping) for box in boxes]
        result = self._result(frame_bgr, name, crops, boxes)
        return replace(result, left_out=len(found) - len(boxes))

    def predict_bytes(
        self,
        data: bytes,
        name: str,
        *,
        min_confidence: float = DEFAULT_CONFIDENCE,
        min_face: float | None = None,
    ) -> ImageResult:
        """As `predict`, from a file's bytes, in whose pixels `min_face` is; bad input becomes the
        result's `error`.
        """
        try:
            image = read_image(data, name)
        except ImageError as exc:
            return self.failed(name, str(exc))
        frame = image.frame_bgr
        smallest = None if min_face is None else min_face * frame.shape[1] / image.width
        found = self.predict(frame, name, min_confidence=min_confidence, min_face=smallest)
        return image.about(found)

    def whole_picture(self, frame_bgr: NDArray[np.uint8], name: str = "image") -> ImageResult:
        """Classifies the picture's central square as if it were one face."""
        return self._result(frame_bgr, name, [framing.whole_picture(frame_bgr)], [None])

    def failed(self, name: str, error: str) -> ImageResult:
        """The result of a file that could not be read, with the sentence why."""
        return self._about(ImageResult(name, 0, 0, (), error, self.detector.name))

    def read_faces(
        self, faces: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Probabilities (n, 7) of at least one face, uint8 (n, 48, 48, 1), gray, and their features
        (n, c) where a temporal model reads them.
        """
        if self.temporal is None:
            return self.classifier.predict(faces), None
        return self.classifier.read(faces)

    def _about(self, result: ImageResult) -> ImageResult:
        return replace(result, model=self.classifier.run_id, framing=str(self.cropping))

    def _result(
        self,
        frame_bgr: NDArray[np.uint8],
        name: str,
        crops: Sequence[NDArray[np.uint8]],
        boxes: Sequence[Box | None],
    ) -> ImageResult:
        height, width = frame_bgr.shape[:2]
        faces: tuple[FacePrediction, ...] = ()
        if crops:
            scores, features = self.read_faces(np.stack(crops)[..., None])
            faces = tuple(
                FacePrediction(crop, row, box, unsure=float(row.max()) < self.unsure_below)
                for crop, row, box in zip(crops, scores, boxes, strict=True)
            )
            if features is not None:
                pairs = zip(faces, features, strict=True)
                faces = tuple(replace(face, features=row) for face, row in pairs)
        return self._about(ImageResult(name, width, height, faces, None, self.detector.name))
