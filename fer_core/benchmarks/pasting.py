"""Whether a face in a photograph is found and framed so that the network reads it as well
as a FER2013 image.

    python -m fer_core bench pasting

Test images are enlarged and pasted into larger pictures with varied background; the whole
pipeline then has to find, frame and read them. Test images choose nothing here: the framing
was measured on training images (`bench framing`), this only reports.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.data import fer2013
from fer_core.errors import FerError
from fer_core.inference.classifier import Classifier
from fer_core.inference.faces import FaceDetector, haar_detector, load_detector
from fer_core.inference.framing import crop_face
from fer_core.labels import CLASS_NAMES, NUM_CLASSES
from fer_core.runs.store import default_run, get_run

if TYPE_CHECKING:
    from rich.console import Console

SIZES = (96, 192, 288)
"""Sides of the pasted image, in pixels."""
WIDTH, HEIGHT = 640, 480
TARGET_FOUND = 0.93
"""At 192 pixels and more."""
TARGET_LOSS = 0.02
"""Accuracy that framing may cost on the faces that were found."""

_MARGIN = 24
_SMALLEST_SCENE = 8


@dataclass(frozen=True)
class PastingMeasurement:
    """One detector at one size.

    Attributes:
        detector: its name.
        size: side of the pasted image, in pixels.
        y_true: int (n,), classes of the images.
        found: bool (n,), whether a face was found where one was pasted.
        as_it_is: int (n,), class that the network gives the original image.
        through: int (n,), class that it gives the face found; -1 where none was.
        elsewhere: faces found where none was pasted.
    """

    detector: str
    size: int
    y_true: NDArray[np.int64]
    found: NDArray[np.bool_]
    as_it_is: NDArray[np.int64]
    through: NDArray[np.int64]
    elsewhere: int

    @property
    def rate(self) -> float:
        """Share of the faces that was found, 0-1."""
        return float(self.found.mean())

    def rate_by_class(self) -> NDArray[np.float64]:
        """Likewise in class order; NaN for a class without images."""
        counts = np.bincount(self.y_true, minlength=NUM_CLASSES)
        found = np.bincount(self.y_true[self.found], minlength=NUM_CLASSES)
        rates = np.full(NUM_CLASSES, np.nan)
        rates[counts > 0] = found[counts > 0] / counts[counts > 0]
        return rates

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


def measure_pasting(
    classifier: Classifier,
    detector: FaceDetector,
    faces: fer2013.Faces,
    size: int,
    seed: int,
    progress: Callable[[int], None] | None = None,
) -> PastingMeasurement:
    """Pastes each image into a scene of its own and reads it.

    Args:
        classifier: a trained network.
        detector: to find the faces with.
        faces: images and classes.
        size: side of the pasted image, at most `HEIGHT` less its margins.
        seed: of places and backgrounds.
        progress: called with the number of images done.
    """
    rng = np.random.default_rng(seed)
    crops: dict[int, NDArray[np.uint8]] = {}
    elsewhere = 0
    for index, image in enumerate(faces.images):
        scene, corner = paste(np.asarray(image[..., 0]), size, rng)
        boxes = detector.detect(scene)
        middle = np.array(corner) + size / 2
        here = [box for box in boxes if np.abs(np.array(box.center) - middle).max() < size / 3]
        elsewhere += len(boxes) - len(here)
        if here:
            crops[index] = crop_face(scene, here[0])
        if progress is not None:
            progress(index + 1)
    found = np.isin(np.arange(len(faces)), list(crops))
    through = np.full(len(faces), -1)
    if crops:
        through[found] = classifier.predict(np.stack(list(crops.values()))[..., None]).argmax(1)
    return PastingMeasurement(
        detector.name,
        size,
        np.asarray(faces.labels, dtype=np.int64),
        found,
        classifier.predict(np.ascontiguousarray(faces.images)).argmax(axis=1),
        through,
        elsewhere,
    )


def paste(
    face: NDArray[np.uint8], size: int, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """A picture with one face in it.

    Args:
        face: uint8 (48, 48), gray.
        size: to which it is enlarged.
        rng: decides place and background.

    Returns:
        uint8 (480, 640, 3), BGR, and the face's upper left corner, x and y.
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


def run_pasting_benchmark(run_id: str | None, images: int, seed: int) -> None:
    """Measures both detectors at all sizes and prints the tables.

    Raises:
        DataMissingError: there is no data set.
        FerError: there is no such run, or none with a model.
    """
    from rich.console import Console

    console = Console()
    run = get_run(run_id) if run_id is not None else default_run()
    if run is None:
        raise FerError("There is no trained model yet. Train one with `python -m fer_core train`.")
    classifier = Classifier(run)
    test = fer2013.load().test
    rows = np.random.default_rng(seed).permutation(len(test))[:images]
    faces = test.take(np.sort(rows))
    best = load_detector()
    if best.note:
        console.print(best.note, markup=False)
    measured = []
    for detector in [best] if best.note else [best, haar_detector()]:
        for size in SIZES:
            with console.status(f"{detector.name}, {size} pixels"):
                measured.append(measure_pasting(classifier, detector, faces, size, seed))
            _print_line(console, measured[-1])
    _print_tables(console, measured, run.run_id)


def _print_line(console: "Console", result: PastingMeasurement) -> None:
    """The result as soon as it is known; all of it takes many minutes."""
    console.print(
        f"{result.detector} at {result.size}: found {result.rate:.1%}, accuracy "
        f"{result.accuracy_as_it_is:.1%} as it is and {result.accuracy_through:.1%} through",
        highlight=False,
    )


def _print_tables(console: "Console", measured: list[PastingMeasurement], run_id: str) -> None:
    from rich.table import Table

    table = Table(
        *("Detector", "Pixels", "Found", "As it is", "Through", "Difference"),
        *("Misses wrong", "Elsewhere", "Targets"),
        title=f"{len(measured[0].y_true):,} test images pasted, {run_id}: accuracy on the faces "
        "found, as they are and through the pipeline",
    )
    for result in measured:
        loss = result.accuracy_as_it_is - result.accuracy_through
        met = loss <= TARGET_LOSS and (result.size < SIZES[1] or result.rate >= TARGET_FOUND)
        table.add_row(
            result.detector,
            str(result.size),
            f"{result.rate:.1%}",
            f"{result.accuracy_as_it_is:.1%}",
            f"{result.accuracy_through:.1%}",
            f"{-100 * loss:+.1f} points",
            f"{result.accuracy_overall:.1%}",
            str(result.elsewhere),
            "met" if met else "missed",
        )
    console.print(table)
    by_class = Table("Detector", "Pixels", *CLASS_NAMES, title="Share of the faces found")
    for result in measured:
        rates = (f"{rate:.1%}" for rate in result.rate_by_class())
        by_class.add_row(result.detector, str(result.size), *rates)
    console.print(by_class)


def _mean(right: NDArray[np.bool_]) -> float:
    return float(right.mean()) if len(right) else float("nan")
