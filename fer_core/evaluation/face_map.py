"""A map of faces: where a network sees them, laid out in two dimensions.

    python -m fer_core map compact

Faces whose pooled features are alike lie close together. The features (the ONNX output
`features`) of all validation and test images are laid out by t-SNE (van der Maaten and Hinton
2008, JMLR 9), which keeps neighbours together and starts from the two main components, or by PCA
alone, which keeps the large distances. The layout is kept in the run folder as `map.npz`.
"""

import zipfile
import zlib
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.data.fer2013 import Dataset
from fer_core.errors import RunError
from fer_core.evaluation.predict import check_images
from fer_core.files import write_file
from fer_core.inference.classifier import BATCH_SIZE, Classifier
from fer_core.progress import Progress, StageProgress, of_stage, silent
from fer_core.runs.store import Predictions, Run

FILE_NAME = "map.npz"
_DAMAGE = OSError, EOFError, KeyError, ValueError, RunError, zipfile.BadZipFile, zlib.error
"""What a damaged file raises."""
_COMPONENTS = 50
"""Dimensions that PCA leaves to t-SNE, as scikit-learn recommends for dense features."""


class Method(StrEnum):
    """TSNE: neighbours stay together; distances between groups mean little. PCA: the two
    directions in which the features differ most; in seconds.
    """

    TSNE = "tsne"
    PCA = "pca"

    @property
    def label(self) -> str:
        return {Method.TSNE: "t-SNE", Method.PCA: "PCA"}[self]


@dataclass(frozen=True)
class FaceMap:
    """Where faces lie; `model` is the stamp of the model whose features they are laid out by.

    Attributes:
        path: str (n,), as `test/happy/im0.png`.
        split: str (n,), `validation` or `test`.
        place: float32 (n, 2), without a unit.
    """

    path: NDArray[np.str_]
    split: NDArray[np.str_]
    place: NDArray[np.float32]
    method: Method
    seed: int
    model: str

    def __post_init__(self) -> None:
        n = len(self.path)
        if self.split.shape != (n,) or self.place.shape != (n, 2):
            raise RunError(
                f"A map of {n} faces needs as many splits and places, "
                f"got {self.split.shape} and {self.place.shape}."
            )


def lay_out(
    run: Run,
    dataset: Dataset,
    *,
    method: Method = Method.TSNE,
    seed: int = 0,
    threads: int = 1,
    progress: StageProgress = silent,
) -> FaceMap:
    """Lays out the faces that `run` was validated and tested on; `progress` is called with a
    stage, the faces done and all faces.

    Raises:
        RunError: the run has no model, predictions or features, or was made with other images.
    """
    check_images(run, dataset)
    classifier, predictions = Classifier(run, threads), run.predictions()
    images = _images(dataset, predictions.path)
    features = _features(classifier, images, of_stage(progress, "Features of the faces"))
    layout = of_stage(progress, f"Layout by {method.label}")
    layout(0, len(features))
    place = _project(features, method, seed)
    layout(len(features), len(features))
    stamp = run.model_stamp()
    return FaceMap(predictions.path, predictions.split, place, method, seed, stamp)


def write(run: Run, face_map: FaceMap) -> None:
    """Writes `map.npz` into the run's folder, whole."""
    write_file(
        run.folder / FILE_NAME,
        lambda path: np.savez_compressed(
            path,
            path=face_map.path,
            split=face_map.split,
            x=face_map.place[:, 0],
            y=face_map.place[:, 1],
            method=np.array(str(face_map.method)),
            seed=np.array(face_map.seed),
            model=np.array(face_map.model),
        ),
    )


def read(run: Run) -> FaceMap | None:
    """The run's map; None where there is none yet.

    Raises:
        RunError: the file is damaged, or was made for an older model.
    """
    try:
        with (
            (run.folder / FILE_NAME).open("rb") as stream,
            np.load(stream, allow_pickle=False) as file,
        ):
            place = np.column_stack([file["x"], file["y"]]).astype(np.float32)
            method, seed = Method(str(file["method"])), int(file["seed"])
            face_map = FaceMap(file["path"], file["split"], place, method, seed, str(file["model"]))
    except FileNotFoundError:
        return None
    except _DAMAGE as exc:
        raise RunError(f"The map of run '{run.run_id}' is damaged.") from exc
    if face_map.model != run.model_stamp():
        raise RunError(f"The map of run '{run.run_id}' was made for an older model.")
    return face_map


def command(run: Run) -> str:
    """The shell line that makes the map of `run`."""
    return f"python -m fer_core map {run.run_id}"


@dataclass(frozen=True)
class Placed:
    """The answers to faces, and where these lie.

    Attributes:
        predictions: of n images.
        place: float32 (n, 2).
    """

    predictions: Predictions
    place: NDArray[np.float32]

    def where(self, mask: NDArray[np.bool_]) -> "Placed":
        """The faces that `mask`, bool (n,), marks."""
        return Placed(self.predictions.where(mask), self.place[mask])


def placed(face_map: FaceMap, predictions: Predictions) -> Placed:
    """The faces of the map that have an answer, in the order of `predictions`."""
    rows = {path: row for row, path in enumerate(face_map.path.tolist())}
    found = np.array([rows.get(path, -1) for path in predictions.path.tolist()], np.intp)
    known = found >= 0
    return Placed(predictions.where(known), face_map.place[found[known]])


def shares(predictions: Predictions) -> pd.DataFrame:
    """What a selection of images consists of.

    Returns:
        One row a class with an image: class, images, share (of the selection, 0-1), accuracy
        (share of its images here that are found, 0-1); the most frequent class first.
    """
    right = predictions.y_pred == predictions.y_true
    images = np.bincount(predictions.y_true, minlength=NUM_CLASSES)
    hits = np.bincount(predictions.y_true, weights=right, minlength=NUM_CLASSES)
    table = pd.DataFrame({"class": CLASS_NAMES, "images": images})
    table["share"] = images / max(len(predictions), 1)
    table["accuracy"] = hits / np.maximum(images, 1)
    present = table[table["images"] > 0]
    return present.sort_values("images", ascending=False, kind="stable").reset_index(drop=True)


def _images(dataset: Dataset, paths: NDArray[np.str_]) -> NDArray[np.uint8]:
    """The images of both splits with these paths, uint8 (n, 48, 48, 1)."""
    both = [
        (split, row, path)
        for split in (dataset.train, dataset.test)
        for row, path in enumerate(split.paths.tolist())
    ]
    places = {path: (split, row) for split, row, path in both}
    missing = [path for path in paths.tolist() if path not in places]
    if missing:
        raise RunError(f"The data set on this machine has no image {missing[0]}.")
    found = [places[path] for path in paths.tolist()]
    return np.stack([split.images[row] for split, row in found])


def _features(
    classifier: Classifier, images: NDArray[np.uint8], progress: Progress
) -> NDArray[np.float32]:
    parts = []
    for start in range(0, len(images), BATCH_SIZE):
        parts.append(classifier.features(images[start : start + BATCH_SIZE]))
        progress(min(start + BATCH_SIZE, len(images)), len(images))
    return np.concatenate(parts)


def _project(features: NDArray[np.float32], method: Method, seed: int) -> NDArray[np.float32]:
    """The features in two dimensions, float32 (n, 2)."""
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    if method is Method.PCA:
        return np.asarray(PCA(2, random_state=seed).fit_transform(features), np.float32)
    kept = min(_COMPONENTS, *features.shape)
    reduced = PCA(kept, random_state=seed).fit_transform(features)
    # t-SNE looks at three times as many neighbours as the perplexity says.
    perplexity = min(30.0, (len(features) - 1) / 3)
    layout = TSNE(2, perplexity=perplexity, init="pca", random_state=seed)
    return np.asarray(layout.fit_transform(reduced), np.float32)
