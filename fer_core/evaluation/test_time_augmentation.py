"""Test-time augmentation: the accuracy of the mean answer to several versions of an image.

Papers often report the mean over an image and its mirror image, or over ten crops
(Krizhevsky et al. 2012, section 4.1). That costs two or ten passes an image, so these
figures stand apart: everything else here is a single pass.

    python -m fer_core evaluate compact --test-time-augmentation

An ensemble is measured in seconds, from what its members kept. A run folder gets
`test_time.csv`, one row an augmentation and part of the test set with `COLUMNS`, and
`ten_crops.npz`, the mean scores over ten crops, from which pages draw what they draw from
`predictions.npz` for a single pass. Nothing is chosen by them.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import FACE_SIZE, NUM_CLASSES
from fer_core.data.fer2013 import Dataset
from fer_core.errors import RunError
from fer_core.evaluation.calibration import rescale
from fer_core.evaluation.metrics import evaluate
from fer_core.evaluation.predict import Predict, check_images
from fer_core.evaluation.subsets import LabelView, Subset, is_known, view_test
from fer_core.files import write_file
from fer_core.progress import Progress
from fer_core.runs.run import stamp_of
from fer_core.runs.store import Predictions, Run, get_run

FILE_NAME = "test_time.csv"
SCORES_NAME = "ten_crops.npz"
TEN_CROPS = "ten crops"
COLUMNS = ("looks", "passes", "images", "n", "accuracy", "low", "high", "model")
"""`looks` names the augmentation, `images` a part of the test set. `low` and `high` bound the
95 % interval of `accuracy` by bootstrap over images; shares are 0-1. `model` identifies what was
measured: a network (`Run.model_stamp`) or, of an ensemble, its predictions."""

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
    TEN_CROPS: (10, ten_crops),
}
"""Passes an image, and the versions of the images whose mean answer counts."""


@dataclass(frozen=True)
class Measured:
    """One row an augmentation and part of the test set, with `COLUMNS`, and the scores of the test
    images over ten crops.
    """

    table: pd.DataFrame
    ten_crops: Predictions


def measure(
    run: Run, predict: Predict, dataset: Dataset, progress: Progress | None = None
) -> Measured:
    """Measures `run` by its predict function on every test image with each of `AUGMENTATIONS`;
    `progress` is called with (passes made, passes in all) over all images.

    Raises:
        RunError: `dataset` is not what the run was trained on.
    """
    check_images(run, dataset)
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
        rows += _rows(predictions, run, (name, passes), stamp)
    # The last of the augmentations is the one whose scores are kept.
    return Measured(pd.DataFrame(rows, columns=list(COLUMNS)), predictions)


def measure_ensemble(run: Run) -> Measured:
    """Figures of an ensemble, a single pass and ten crops, from the scores that its members kept:
    their mean at its own temperature, as in its predictions. Nothing is predicted.

    Raises:
        RunError: a member is missing or was not measured.
    """
    scores = []
    for name in run.config.members:
        member = get_run(name, run.folder.parent)
        kept = read_ten_crops(member)
        if kept is None:
            raise RunError(f"Its member '{name}' has none. {missing(member)}")
        scores.append(kept)
    mean = np.mean([member.y_score for member in scores], axis=0)
    rescaled = rescale(mean, run.config.temperature).astype(np.float32)
    ten = replace(scores[0], y_score=rescaled)
    stamp = _stamp(run)
    rows = _rows(run.predictions().subset("test"), run, ("single pass", 1), stamp)
    rows += _rows(ten, run, (TEN_CROPS, 10), stamp)
    return Measured(pd.DataFrame(rows, columns=list(COLUMNS)), ten)


def _rows(
    predictions: Predictions, run: Run, augmentation: tuple[str, int], stamp: str
) -> list[tuple[str | int | float, ...]]:
    rows: list[tuple[str | int | float, ...]] = []
    fingerprint = run.config.data_fingerprint
    for subset in SUBSETS:
        if not is_known(subset, LabelView.FER2013, fingerprint):
            continue
        view = view_test(predictions, subset, data_fingerprint=fingerprint)
        if len(view.predictions):
            figures = evaluate(view.predictions, view.groups)
            shown = figures.n, figures.accuracy, *figures.accuracy_interval
            rows.append((*augmentation, str(subset), *shown, stamp))
    return rows


def write(run: Run, measured: Measured) -> None:
    """Writes `ten_crops.npz` and `test_time.csv` into the run's folder, each whole."""
    measured.ten_crops.write(run.folder / SCORES_NAME)
    table = measured.table[list(COLUMNS)]
    write_file(
        run.folder / FILE_NAME,
        lambda path: table.to_csv(path, index=False, float_format="%.6f"),
    )


def read(run: Run) -> pd.DataFrame | None:
    """The run's table; None where it was not measured, or for another model than the run has.

    Of a run whose network is no longer kept there is no other model to take it for.

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
    stamp = _stamp(run)
    return table if not stamp or (table["model"] == stamp).all() else None


def read_ten_crops(run: Run) -> Predictions | None:
    """The run's scores of the test images over ten crops; None as `read`.

    Raises:
        RunError: a file is damaged.
    """
    path = run.folder / SCORES_NAME
    if read(run) is None or not path.exists():
        return None
    try:
        return Predictions.read(path)
    except RunError as exc:
        raise RunError(
            f"The ten-crop scores of run '{run.run_id}' are damaged. Measure it again: "
            f"{command(run)}"
        ) from exc


def missing(run: Run) -> str:
    """A sentence on why `run` has no figures by ten crops, and what to do where something can be.

    Only for a run where `read_ten_crops` gives None.
    """
    root = run.folder.parent
    if names := [name for name in run.config.members or (run.run_id,) if not _can(name, root)]:
        return f"Ten crops: not measured, because {', '.join(names)} left no network."
    return f"Ten crops: not measured. To measure them: {command(run)}"


def _can(name: str, root: Path) -> bool:
    """Whether there is a run of this name that was measured, or has left its network."""
    with suppress(RunError):
        run = get_run(name, root)
        return run.onnx_path.exists() or read_ten_crops(run) is not None
    return False


def command(run: Run) -> str:
    """The shell line that measures `run`."""
    return f"python -m fer_core evaluate {run.run_id} --test-time-augmentation"


def _stamp(run: Run) -> str:
    """Identifies the model or, of an ensemble, the predictions; empty where there are none."""
    return stamp_of(run.predictions_path) if run.config.members else run.model_stamp()
