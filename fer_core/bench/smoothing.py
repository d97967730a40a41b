"""Whether smoothing probabilities over time helps, and what it costs when the face changes.

    python -m fer_core bench smoothing

Clips are assembled from single images with noise and blur. The half-life is chosen by the
run's validation images; test images choose nothing, they only say what that choice gains.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from fer_core.classes import NUM_CLASSES
from fer_core.data import fer2013
from fer_core.errors import FerError
from fer_core.inference.classifier import Classifier, served_run
from fer_core.inference.smoothing import Smoother
from fer_core.inference.video.reader import DEFAULT_HALF_LIFE, DEFAULT_RATE
from fer_core.runs.store import Run
from fer_core.terminal import console, table

HALF_LIVES = (0.0, 0.2, 0.3, 0.5, 1.0, 2.0)  # seconds; 0 is no smoothing
CLIP_SECONDS = 4.0
NOISE = 14.0  # standard deviation, in gray values
BLUR = 1.4  # largest standard deviation of the blur, in pixels


@dataclass(frozen=True)
class SmoothingMeasurement:
    """Accuracy a frame with one half-life, 0-1."""

    half_life: float  # seconds
    one_class: float  # in clips of different images of one class, each disturbed
    one_image: float  # in clips of one image that is disturbed differently in each frame
    changing: float  # in a long clip whose class changes every `CLIP_SECONDS`


def measure_smoothing(
    classifier: Classifier,
    faces: fer2013.Faces,
    clips: int,
    seed: int,
    half_lives: Sequence[float] = HALF_LIVES,
) -> list[SmoothingMeasurement]:
    """Accuracy by half-life (seconds), at `DEFAULT_RATE` samples a second, on the same clips.

    `faces` are images that the network did not see in training, `clips` a number for each class.
    """
    rng = np.random.default_rng(seed)
    length = round(CLIP_SECONDS * DEFAULT_RATE)
    one_class, one_image, labels = [], [], []
    for label in np.tile(np.arange(NUM_CLASSES), clips):
        rows = np.flatnonzero(faces.labels == label)
        if not len(rows):
            continue
        labels.append(int(label))
        one_class.append(_scores(classifier, faces, rng.choice(rows, length), rng))
        one_image.append(_scores(classifier, faces, np.repeat(rng.choice(rows), length), rng))
    truth = np.repeat(labels, length)
    order = rng.permutation(len(labels))
    long_clip = np.concatenate([one_class[index] for index in order])
    long_truth = np.repeat(np.array(labels)[order], length)
    return [
        SmoothingMeasurement(
            half_life,
            _accuracy([smooth(clip, half_life) for clip in one_class], truth),
            _accuracy([smooth(clip, half_life) for clip in one_image], truth),
            _accuracy([smooth(long_clip, half_life)], long_truth),
        )
        for half_life in half_lives
    ]


def smooth(scores: NDArray[np.float32], half_life: float) -> NDArray[np.float32]:
    """Probabilities (n, 7) of one face's samples in order, smoothed."""
    smoother = Smoother(half_life)
    return np.stack(
        [smoother.update(1, row, index / DEFAULT_RATE) for index, row in enumerate(scores)]
    )


def disturb(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """`image`, uint8 (48, 48), with blur and noise as of a poor camera."""
    blurred = cv2.GaussianBlur(image.astype(np.float32), (0, 0), rng.uniform(0.1, BLUR))
    return np.clip(blurred + rng.normal(0, NOISE, image.shape), 0, 255).astype(np.uint8)


def validation_faces(run: Run) -> fer2013.Faces:
    """The images that the run, which has predictions, was validated on."""
    predictions = run.predictions()
    paths = predictions.path[predictions.split == "validation"]
    train = fer2013.load().train
    return train.take(np.flatnonzero(np.isin(train.paths, paths)))


def run_smoothing_benchmark(run_id: str | None, clips: int, seed: int) -> None:
    """Measures one run's model, the app's own when None, and prints the tables."""
    run = served_run(run_id)
    classifier = Classifier(run)
    validation = validation_faces(run)
    if not len(validation):
        raise FerError(f"Run '{run.run_id}' has no validation images here. Choose another run.")
    title = f"Accuracy a frame of {run.run_id}, {clips} noisy, blurred clips a class"
    with console.status("Reading clips of validation images"):
        choice = measure_smoothing(classifier, validation, clips, seed)
    console.print(table_of(choice, f"{title}, from {len(validation):,} validation images"))
    test = fer2013.load().test
    with console.status("Reading clips of test images"):
        gain = measure_smoothing(classifier, test, clips, seed, (0.0, DEFAULT_HALF_LIFE))
    console.print(
        table_of(gain, f"{title}, from {len(test):,} test images, which nothing was selected on")
    )
    console.print(
        f"{DEFAULT_RATE:g} samples a second, {CLIP_SECONDS:g} s a clip, noise of {NOISE:g} gray "
        f"values, blur of up to {BLUR:g} pixels, seed {seed}."
    )


def table_of(measured: Sequence[SmoothingMeasurement], title: str) -> Table:
    """The measurements as a rich table, a row a half-life."""
    shown = table(title, "Half-life", "One class", "One image", "Class changes")
    for result in measured:
        used = " (video's default)" if result.half_life == DEFAULT_HALF_LIFE else ""
        shown.add_row(
            f"{result.half_life:g} s{used}" if result.half_life else "none",
            f"{result.one_class:.1%}",
            f"{result.one_image:.1%}",
            f"{result.changing:.1%}",
        )
    return shown


def _scores(
    classifier: Classifier, faces: fer2013.Faces, rows: NDArray[np.intp], rng: np.random.Generator
) -> NDArray[np.float32]:
    images = [disturb(np.asarray(faces.images[row][..., 0]), rng) for row in rows]
    return classifier.predict(np.stack(images)[..., None])


def _accuracy(clips: list[NDArray[np.float32]], truth: NDArray[np.int64]) -> float:
    return float((np.concatenate(clips).argmax(axis=1) == truth).mean())
