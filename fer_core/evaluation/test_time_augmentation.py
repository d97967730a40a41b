"""Test-time augmentation: the accuracy of the mean answer to several versions of an image.

Papers often report the mean over an image and its mirror image, or over ten crops
(Krizhevsky et al. 2012, section 4.1). That costs two or ten passes an image, so these
figures stand apart: everything else here is a single pass.

    python -m fer_core evaluate compact --test-time-augmentation

The table is the file `test_time.csv` of a run folder: one row an augmentation and part of the
test set, with `COLUMNS`. Nothing is chosen by it.
"""

import hashlib
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import FACE_SIZE, NUM_CLASSES
from fer_core.data.fer2013 import Dataset
from fer_core.errors import RunError
from fer_core.evaluation.intervals import wilson_interval
from fer_core.evaluation.predict import Predict
from fer_core.evaluation.robustness.measure import model_stamp
from fer_core.evaluation.subsets import Subset, view_test
from fer_core.files import write_file
from fer_core.progress import Progress
from fer_core.runs.store import Predictions, Run

FILE_NAME = "test_time.csv"
COLUMNS = ("looks", "passes", "images", "n", "accuracy", "low", "high", "model")
"""`looks` names the augmentation, `images` a part of the test set. `low` and `high` bound the
95 % interval of `accuracy` (Wilson); shares are 0-1. `model` identifies what was measured: a
network (`model_stamp`) or, of an ensemble, its predictions."""

CROP = 44
"""Pixels of a crop's side; it is enlarged to the whole face's size."""
SUBSETS = (Subset.ALL, Subset.PUBLIC, Subset.PRIVATE)

Faces = NDArray[np.uint8]


def single(faces: Faces) -> Iterator[Faces]:
    """The faces as they are."""
    yield faces


def mirrored(faces: Faces) -> Iterator[Faces]:
    """The faces and their mirror images."""
    yield faces
    yield faces[:, :, ::-1]


def ten_crops(faces: Faces) -> Iterator[Faces]:
    """Four corners and the centre, each as it is and mirrored."""
    room = FACE_SIZE - CROP
    for top, left in ((0, 0), (0, room), (room, 0), (room, room), (room // 2, room // 2)):
        crops = faces[:, top : top + CROP, left : left + CROP]
        larger = [cv2.resize(crop, (FACE_SIZE, FACE_SIZE)) for crop in crops]
        yield from mirrored(np.stack(larger)[..., None].astype(np.uint8))


AUGMENTATIONS: dict[str, tuple[int, Callable[[Faces], Iterator[Faces]]]] = {
    "single pass": (1, single),
    "with its mirror image": (2, mirrored),
    "ten crops": (10, ten_crops),
}
"""Passes an image, and the versions of the images whose mean answer counts."""


def measure(
    run: Run, predict: Predict, dataset: Dataset, progress: Progress | None = None
) -> pd.DataFrame:
    """Measures `run` by its predict function on every test image with each of `AUGMENTATIONS`;
    `progress` is called with (passes made, passes in all) over all images.

    Returns:
        One row an augmentation and part of the test set, with `COLUMNS`.

    Raises:
        RunError: `dataset` is not what the run was trained on.
    """
    if dataset.fingerprint != run.config.data_fingerprint:
        raise RunError(
            f"Run '{run.run_id}' was trained on other images than those that are here now. "
            "Point FER_DATA_DIR to the data it was trained on."
        )
    test, stamp = dataset.test, _stamp(run)
    total, done = sum(passes for passes, _ in AUGMENTATIONS.values()), 0
    rows: list[tuple[str | int | float, ...]] = []
    for name, (passes, versions) in AUGMENTATIONS.items():
        scores = np.zeros((len(test), NUM_CLASSES))
        for faces in versions(test.images):
            scores += predict(np.ascontiguousarray(faces))
            done += 1
            if progress is not None:
                progress(done, total)
        mean = (scores / passes).astype(np.float32)
        predictions = Predictions(test.paths, np.full(len(test), "test"), test.labels, mean)
        for subset in SUBSETS:
            part = view_test(predictions, subset).predictions
            if not len(part):
                continue
            accuracy = float((part.y_pred == part.y_true).mean())
            low, high = wilson_interval(accuracy, len(part))
            rows.append((name, passes, str(subset), len(part), accuracy, low, high, stamp))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def write(run: Run, table: pd.DataFrame) -> None:
    """Writes `test_time.csv` into the run's folder, whole."""
    write_file(
        run.folder / FILE_NAME,
        lambda path: table[list(COLUMNS)].to_csv(path, index=False, float_format="%.6f"),
    )


def read(run: Run) -> pd.DataFrame | None:
    """The run's table; None where it was not measured, or for an older model.

    Raises:
        RunError: the file is damaged.
    """
    path = run.folder / FILE_NAME
    if not path.exists():
        return None
    try:
        table = pd.read_csv(path, dtype={"looks": "str", "images": "str", "model": "str"})
        table = table[list(COLUMNS)]
    except (OSError, ValueError, KeyError) as exc:
        raise RunError(
            f"The table of test-time augmentation of run '{run.run_id}' is damaged. Measure "
            f"it again: {command(run)}"
        ) from exc
    return table if (table["model"] == _stamp(run)).all() else None


def command(run: Run) -> str:
    """The shell line that measures `run`."""
    return f"python -m fer_core evaluate {run.run_id} --test-time-augmentation"


def _stamp(run: Run) -> str:
    """Identifies the model or, of an ensemble, the predictions; empty where there are none."""
    if not run.config.members:
        return model_stamp(run)
    try:
        return hashlib.sha256(run.predictions_path.read_bytes()).hexdigest()[:16]
    except OSError:
        return ""
