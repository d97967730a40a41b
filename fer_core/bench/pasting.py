"""Whether a face in a photograph is found and framed so that the network reads it as well
as a FER2013 image.

    python -m fer_core bench pasting [--model RUN_ID]... [--detector yunet]
    python -m fer_core bench pasting --turned

Test images are enlarged and pasted into larger pictures with varied background; the whole
pipeline then has to find, frame and read them. Test images choose nothing here: the framing
was measured on training images (`bench framing`), this only reports.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import dist

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from fer_core.classes import CLASS_NAMES, FACE_SIZE, NUM_CLASSES
from fer_core.data import fer2013
from fer_core.inference.classifier import Classifier, served_run
from fer_core.inference.detector import FaceDetector, haar_detector, load_detector
from fer_core.inference.framing import crop_face
from fer_core.inference.turning import TURNS, turned, turned_back
from fer_core.terminal import console, table

SIZES = (96, 192, 288)  # sides of the pasted image, in pixels
WIDTH, HEIGHT = 640, 480
TARGET_FOUND = 0.93  # at 192 pixels and more
TARGET_LOSS = 0.02  # accuracy that framing may cost on the faces that were found

_MARGIN = 24
_SMALLEST_SCENE = 8


@dataclass(frozen=True)
class PastedFaces:
    """What one detector found at one size of the pasted image; any network may read it."""

    detector: str
    size: int  # of the pasted image, in pixels
    found: NDArray[np.bool_]  # bool (n,), whether a face was found where one was pasted
    crops: NDArray[np.uint8]  # uint8 (k, 48, 48, 1), the faces found, framed
    elsewhere: int  # faces found where none was pasted


@dataclass(frozen=True)
class PastingMeasurement(PastedFaces):
    """And what a network reads."""

    y_true: NDArray[np.int64]  # int (n,), classes of the images
    as_it_is: NDArray[np.int64]  # int (n,), class that the network gives the original image
    through: NDArray[np.int64]  # int (n,), class that it gives the face found; -1 where none was

    @property
    def rate(self) -> float:
        """Share of the faces that was found, 0-1."""
        return float(self.found.mean())

    def rate_by_class(self) -> NDArray[np.float64]:
        """Likewise in class order; NaN for a class without images."""
        classes = range(NUM_CLASSES)
        return np.array([_mean(self.found[self.y_true == label]) for label in classes])

    @property
    def accuracy_as_it_is(self) -> float:
        """Accuracy on the originals of the faces that were found; NaN without any."""
        return _mean(self.as_it_is[self.found] == self.y_true[self.found])

    @property
    def accuracy_through(self) -> float:
        """Accuracy on the same faces, through detection and framing; NaN without any."""
        return _mean(self.through[self.found] == self.y_true[self.found])

    @property
    def accuracy_overall(self) -> float:
        """Accuracy on all faces, one that was missed counted as wrong."""
        return _mean(self.through == self.y_true)


def find_pasted(
    detector: FaceDetector, images: NDArray[np.uint8], size: int, seed: int
) -> PastedFaces:
    """Pastes each image of uint8 (n, 48, 48, 1) into its own scene, finds and frames faces.

    `size` is at most `HEIGHT` less its margins; `seed` decides places and backgrounds.
    """
    rng = np.random.default_rng(seed)
    found = np.zeros(len(images), bool)
    crops = []
    elsewhere = 0
    for index, image in enumerate(images):
        scene, corner = paste(np.asarray(image[..., 0]), size, rng)
        boxes = detector.detect(scene)
        middle = np.array(corner) + size / 2
        here = [box for box in boxes if np.abs(np.array(box.center) - middle).max() < size / 3]
        elsewhere += len(boxes) - len(here)
        if here:
            found[index] = True
            crops.append(crop_face(scene, here[0]))
    framed = np.array(crops, dtype=np.uint8).reshape(-1, FACE_SIZE, FACE_SIZE, 1)
    return PastedFaces(detector.name, size, found, framed, elsewhere)


def measure_turns(
    detector: FaceDetector, images: NDArray[np.uint8], size: int, seed: int
) -> dict[int, tuple[float, float]]:
    """Pastes as `find_pasted` and turns each scene clockwise by 0, 90, 180 and 270 degrees.

    Returns:
        By degrees the share of the faces that was found, and of those the share that is read in
        another direction than that in which it is upright.
    """
    rates = {}
    for degrees in (0, *TURNS):
        rng = np.random.default_rng(seed)
        wrong = []
        for image in images:
            scene, corner = paste(np.asarray(image[..., 0]), size, rng)
            middle = corner[0] + size / 2, corner[1] + size / 2
            boxes = detector.detect(turned(scene, degrees))
            back = turned_back(boxes, degrees, scene.shape[:2])
            here = [b for b in back if dist(b.center, middle) < size / 3]
            wrong += [here[0].turn != 0] if here else []
        rates[degrees] = (len(wrong) / len(images), _mean(np.array(wrong, bool)))
    return rates


def read_pasted(
    classifier: Classifier, pasted: PastedFaces, faces: fer2013.Faces
) -> PastingMeasurement:
    """Reads the faces found and, beside them, the images that they were pasted from."""
    through = np.full(len(faces), -1)
    if pasted.found.any():
        through[pasted.found] = classifier.predict(pasted.crops).argmax(axis=1)
    as_it_is = classifier.predict(np.ascontiguousarray(faces.images)).argmax(axis=1)
    y_true = np.asarray(faces.labels, dtype=np.int64)
    return PastingMeasurement(**vars(pasted), y_true=y_true, as_it_is=as_it_is, through=through)


def paste(
    face: NDArray[np.uint8], size: int, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """A picture, uint8 (480, 640, 3), BGR, with one face (48, 48) enlarged to `size`, and the
    face's upper left corner, x and y.
    """
    scene = _background(rng)
    x = int(rng.integers(_MARGIN, WIDTH - size - _MARGIN + 1))
    y = int(rng.integers(_MARGIN, HEIGHT - size - _MARGIN + 1))
    large = cv2.resize(face, (size, size), interpolation=cv2.INTER_CUBIC)
    scene[y : y + size, x : x + size] = large[..., None]
    return scene, (x, y)


def _background(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Coloured blotches: coarse random colours, enlarged smoothly, of any contrast, with noise."""
    cells = int(rng.integers(2, _SMALLEST_SCENE + 1))
    contrast = rng.uniform(0, 110)
    colors = rng.uniform(40, 215, 3) + rng.uniform(-contrast, contrast, (cells, cells, 3))
    smooth = cv2.resize(colors, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    scene = smooth + rng.normal(0, rng.uniform(0, 12), smooth.shape)
    return np.asarray(np.clip(scene, 0, 255), dtype=np.uint8)


def run_turning_benchmark(images: int, seed: int) -> None:
    """Measures on so many training images how scenes of every direction are read; prints it."""
    detector = load_detector()
    train = fer2013.load().train
    rows = np.sort(np.random.default_rng(seed).permutation(len(train))[:images])
    shown = table(
        f"{images:,} training images pasted, scenes turned",
        *("Pixels", "Turned by", "Found", "Direction wrong"),
    )
    for size in SIZES:
        for degrees, (found, wrong) in measure_turns(
            detector, train.images[rows], size, seed
        ).items():
            shown.add_row(str(size), f"{degrees}", f"{found:.1%}", f"{wrong:.1%}")
    console.print(shown)


def run_pasting_benchmark(run_ids: Sequence[str], images: int, seed: int, detectors: str) -> None:
    """Measures detectors and runs at all sizes, on so many test images, and prints the tables.

    The app's own run reads where none is named. Detectors are `both`, `yunet` or `haar`; without
    YuNet's file the cascade alone.
    """
    runs = [served_run(run_id) for run_id in run_ids] or [served_run()]
    classifiers = {run.run_id: Classifier(run) for run in runs}
    test = fer2013.load().test
    rows = np.random.default_rng(seed).permutation(len(test))[:images]
    faces = test.take(np.sort(rows))
    measured: dict[str, list[PastingMeasurement]] = {run_id: [] for run_id in classifiers}
    for detector in _detectors(detectors):
        for size in SIZES:
            with console.status(f"{detector.name}, {size} pixels"):
                pasted = find_pasted(detector, faces.images, size, seed)
                for run_id, classifier in classifiers.items():
                    measured[run_id].append(read_pasted(classifier, pasted, faces))
            # As soon as it is known: all of it takes many minutes.
            console.print(f"{detector.name} at {size}: found {pasted.found.mean():.1%}")
    for run_id, results in measured.items():
        console.print(accuracy_table(results, run_id))
    console.print(rate_table(next(iter(measured.values()))))


def _detectors(chosen: str) -> list[FaceDetector]:
    best = load_detector() if chosen != "haar" else haar_detector()
    if best.note:
        console.print(best.note)
    return [best, haar_detector()] if chosen == "both" and not best.note else [best]


def accuracy_table(measured: Sequence[PastingMeasurement], run_id: str) -> Table:
    """What one run reads, a row for each detector and size."""
    shown = table(
        f"{len(measured[0].y_true):,} test images pasted, read by {run_id}",
        *("Detector", "Pixels", "Found", "As is", "Through", "Points", "Overall", "Targets"),
        caption="As is, through: accuracy on the faces found, as the images are and through the "
        "pipeline. Overall: misses counted as wrong.",
    )
    for result in measured:
        loss = result.accuracy_as_it_is - result.accuracy_through
        met = loss <= TARGET_LOSS and (result.size < SIZES[1] or result.rate >= TARGET_FOUND)
        shown.add_row(
            result.detector,
            str(result.size),
            f"{result.rate:.1%}",
            f"{result.accuracy_as_it_is:.1%}",
            f"{result.accuracy_through:.1%}",
            f"{-100 * loss:+.1f}",
            f"{result.accuracy_overall:.1%}",
            "met" if met else "missed",
        )
    return shown


def rate_table(measured: Sequence[PastingMeasurement]) -> Table:
    """Share of the faces found, a row a class and a column for each detector and size."""
    names = (f"{result.detector.split()[0]} {result.size}" for result in measured)
    shown = table("Share of the faces found", "Class", "Images", *names)
    counts = np.bincount(measured[0].y_true, minlength=NUM_CLASSES)
    rates = np.array([result.rate_by_class() for result in measured])
    for name, count, found in zip(CLASS_NAMES, counts, rates.T, strict=True):
        shown.add_row(name, f"{count:,}", *(f"{rate:.1%}" if count else "–" for rate in found))
    shown.add_row("elsewhere", "", *(f"{result.elsewhere:,}" for result in measured))
    return shown


def _mean(right: NDArray[np.bool_]) -> float:
    return float(right.mean()) if len(right) else float("nan")
