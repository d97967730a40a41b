"""Where each face detector's box lies in FER2013's own images, and what alignment gains.

The medians printed here are the constants of `fer_core.inference.framing`.

    python -m fer_core bench framing [--alignment]
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.classes import FACE_SIZE
from fer_core.data import fer2013
from fer_core.data.split import held_out
from fer_core.errors import DetectorError
from fer_core.inference.box import Box
from fer_core.inference.classifier import Classifier, served_run
from fer_core.inference.detector import FaceDetector, haar_detector, load_detector
from fer_core.inference.framing import FRAMINGS, Framing, crop_face, whole_picture
from fer_core.runs.store import Run
from fer_core.terminal import console, table

MARGIN = 0.25
"""Black margin around each image, as a share of its side: without one, boxes are cut off
at the image's edge and the Haar cascade misses two faces in five."""
MAX_ANGLE = 20.0  # degrees by which images are turned, either way, to measure alignment


@dataclass(frozen=True)
class FramingMeasurement:
    """Where one detector's boxes lie, as shares of the image's side: float (found, 3), centre x,
    centre y, size (root of the area).
    """

    detector: str
    images: int
    boxes: NDArray[np.float64]

    @property
    def found(self) -> float:
        """Share of the images with a face found, 0-1."""
        return len(self.boxes) / self.images

    @property
    def framing(self) -> Framing:
        """The medians."""
        return Framing(*(round(float(value), 3) for value in np.median(self.boxes, axis=0)))

    @property
    def quartile_ranges(self) -> NDArray[np.float64]:
        """Distance between the quartiles of centre x, centre y and size."""
        upper, lower = np.percentile(self.boxes, [75, 25], axis=0)
        return np.asarray(upper - lower)


def measure_framing(detector: FaceDetector, images: NDArray[np.uint8]) -> FramingMeasurement:
    """Finds the largest face in each image of uint8 (n, 48, 48, 1), gray; raises `DetectorError`
    where there is no face at all.
    """
    boxes = []
    for image in images:
        box = _largest(detector, _with_margin(image))
        if box is not None:
            pad = MARGIN * FACE_SIZE
            x, y = ((value - pad) / FACE_SIZE for value in box.center)
            boxes.append((x, y, box.size / FACE_SIZE))
    if not boxes:
        raise DetectorError(f"{detector.name} found no face in {len(images)} images.")
    return FramingMeasurement(detector.name, len(images), np.array(boxes))


def measure_alignment(
    detector: FaceDetector, images: NDArray[np.uint8], seed: int
) -> NDArray[np.float64]:
    """How well the eye points tell by how much an image of uint8 (n, 48, 48, 1) was turned: float
    (k, 2), a row for each image whose face was found upright and turned, degrees that its eyes
    are off their upright angle before and after alignment.
    """
    rows = []
    for image, angle in zip(images, _angles(len(images), seed), strict=True):
        upright = _largest(detector, _with_margin(image))
        turned = _largest(detector, _with_margin(turn(image, angle)))
        if upright is not None and turned is not None:
            rows.append((angle, angle + upright.roll - turned.roll))
    return np.array(rows).reshape(-1, 2)


def measure_accuracy(
    classifier: Classifier, detector: FaceDetector, faces: fer2013.Faces, seed: int
) -> dict[str, tuple[float, float]]:
    """Accuracy, 0-1, on upright and on turned validation images: of the image as it is, of the
    framed face, and of the framed and aligned face.

    Where the detector finds no face the image is taken as it is.
    """
    angles = _angles(len(faces), seed)
    scores: dict[str, list[float]] = {}
    for amount in (0.0, 1.0):
        crops: dict[str, list[NDArray[np.uint8]]] = {"as it is": [], "framed": [], "aligned": []}
        for image, angle in zip(faces.images, angles * amount, strict=True):
            picture = _bgr(turn(image, float(angle)))
            box = _largest(detector, picture)
            plain = whole_picture(picture)
            crops["as it is"].append(plain)
            for name, level in (("framed", False), ("aligned", True)):
                crops[name].append(plain if box is None else crop_face(picture, box, level=level))
        for name, cut in crops.items():
            predicted = classifier.predict(np.stack(cut)[..., None]).argmax(axis=1)
            scores.setdefault(name, []).append(float((predicted == faces.labels).mean()))
    return {name: (upright, turned) for name, (upright, turned) in scores.items()}


def turn(image: NDArray[np.uint8], angle: float) -> NDArray[np.uint8]:
    """`image`, uint8 (48, 48, 1), turned clockwise by `angle` degrees; edges repeat."""
    center = (FACE_SIZE - 1) / 2
    matrix = cv2.getRotationMatrix2D((center, center), -angle, 1.0)
    turned = cv2.warpAffine(
        np.asarray(image), matrix, (FACE_SIZE, FACE_SIZE), borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(turned, dtype=np.uint8).reshape(FACE_SIZE, FACE_SIZE, 1)


def run_framing_benchmark(
    count: int, seed: int, *, alignment: bool = False, run_id: str | None = None
) -> None:
    """Measures both detectors and prints medians, spread and the constants in use."""
    train = fer2013.load().train
    rows = _sample(len(train), count, seed)
    yunet = load_detector()
    if yunet.note:
        console.print(yunet.note)
    detectors = [yunet] if yunet.note else [yunet, haar_detector()]
    title = f"Box in {len(rows):,} training images, seed {seed}: median (quartile range)"
    shown = table(title, "Detector", "Found", "Centre x", "Centre y", "Size", "In use")
    for detector in detectors:
        with console.status(f"{detector.name} searches {len(rows):,} images"):
            measured = measure_framing(detector, train.images[rows])
        median, spread = measured.framing, measured.quartile_ranges
        used = FRAMINGS[detector.name]
        shown.add_row(
            detector.name,
            f"{measured.found:.1%}",
            f"{median.center_x:.3f} ({spread[0]:.3f})",
            f"{median.center_y:.3f} ({spread[1]:.3f})",
            f"{median.size:.3f} ({spread[2]:.3f})",
            f"{used.center_x}, {used.center_y}, {used.size}",
        )
    console.print(shown)
    if yunet.note:
        return
    errors = measure_alignment(yunet, train.images[rows[:500]], seed)
    before, after = np.median(np.abs(errors), axis=0)
    console.print(
        f"Alignment, {len(errors)} images turned by up to {MAX_ANGLE:g} degrees: eyes are "
        f"{before:.1f} degrees off before and {after:.1f} after (medians)."
    )
    if not alignment:
        return
    run = served_run(run_id)
    faces = _validation_faces(run, train)
    scores = measure_accuracy(Classifier(run), yunet, faces, seed)
    title = f"Accuracy of {run.run_id} on {len(faces):,} validation images"
    shown = table(title, "Face", "Upright", "Turned")
    for name, (upright, turned) in scores.items():
        shown.add_row(name, f"{upright:.1%}", f"{turned:.1%}")
    console.print(shown)


def _validation_faces(run: Run, train: fer2013.Faces) -> fer2013.Faces:
    """The validation images of the run's own split: of other splits it has learned most."""
    return train.take(np.flatnonzero(held_out(train, run.config.train.validation)))


def _sample(n: int, count: int, seed: int) -> NDArray[np.intp]:
    rng = np.random.default_rng(seed)
    return np.sort(rng.choice(n, min(count, n), replace=False))


def _angles(n: int, seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).uniform(-MAX_ANGLE, MAX_ANGLE, n)


def _largest(detector: FaceDetector, picture: NDArray[np.uint8]) -> Box | None:
    return next(iter(detector.detect(picture)), None)


def _bgr(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat(image, 3, axis=2)


def _with_margin(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    pad = round(MARGIN * FACE_SIZE)
    return np.pad(_bgr(image), ((pad, pad), (pad, pad), (0, 0)))
