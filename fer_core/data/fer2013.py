"""The data set as arrays: an index of every image and one uint8 array a split.

The first `load` decodes all images on every core and writes memory-mapped arrays
to the cache folder, keyed by the source's files; later calls map them.

    python -m fer_core data info
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from fer_core import paths
from fer_core.errors import DataError, DataMissingError
from fer_core.labels import CLASS_NAMES, FACE_SIZE

Split = Literal["train", "test"]
SPLITS: tuple[Split, ...] = ("train", "test")
Progress = Callable[[int, int], None]
"""Called with (images done, images in all)."""

VALIDATION_FRACTION = 0.25

PUBLIC_TEST_COUNTS = {
    "angry": 467,
    "disgusted": 56,
    "fearful": 496,
    "happy": 895,
    "neutral": 607,
    "sad": 653,
    "surprised": 415,
}
"""Images at the head of each test folder that were FER2013's PublicTest; the rest
were its PrivateTest, on which the literature reports (Goodfellow et al. 2013,
arXiv:1307.0414)."""

_CACHE_VERSION = 1


@dataclass(frozen=True)
class Faces:
    """The images of one split, in class order and, within a class, by file number.

    Attributes:
        images: uint8 (n, 48, 48, 1), gray, 0-255; memory-mapped and read-only.
        labels: int8 (n,), index into `CLASS_NAMES`.
        paths: str (n,), as `test/happy/im0.png`.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int8]
    paths: NDArray[np.str_]

    def __post_init__(self) -> None:
        expected = (len(self.labels), FACE_SIZE, FACE_SIZE, 1)
        if self.images.shape != expected or self.paths.shape != self.labels.shape:
            raise DataError(f"Faces need images of shape {expected}, got {self.images.shape}.")

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: NDArray[np.intp]) -> "Faces":
        """The faces at `rows`, copied into memory."""
        return Faces(self.images[rows], self.labels[rows], self.paths[rows])


@dataclass(frozen=True)
class Dataset:
    """Both splits and what identifies them.

    Attributes:
        train: every training image, the validation part included.
        test: every test image.
        fingerprint: sha256 over paths and pixels; the same for the same images anywhere.
        synthetic: True for drawn faces, which no figure may be quoted from.
        skipped: files that were passed over, as (path, reason).
    """

    train: Faces
    test: Faces
    fingerprint: str
    synthetic: bool
    skipped: tuple[tuple[str, str], ...]

    def __getitem__(self, split: Split) -> Faces:
        return self.train if split == "train" else self.test


def load(root: Path | None = None, progress: Progress | None = None) -> Dataset:
    """Loads the data set, decoding it once.

    Args:
        root: folder with `train/<class>/` and `test/<class>/`; `paths.data_dir()` when None.
        progress: called while images are decoded.

    Returns:
        The data set, its images memory-mapped from the cache folder.

    Raises:
        DataMissingError: there is no data set at `root`.
        DataError: a class has no readable image.
    """
    root = paths.data_dir() if root is None else root
    files = _scan(root)
    key = _source_key(root, files)
    folder = paths.cache_dir() / "arrays" / key
    manifest = folder / "manifest.json"
    if not manifest.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(str(folder.parent / f"{key}.lock")):
            if not manifest.exists():
                _build(root, files, folder, progress)
    return _open(folder)


def is_available(root: Path | None = None) -> bool:
    """Whether `load` would find a training and a test folder of every class."""
    root = paths.data_dir() if root is None else root
    return all((root / split / name).is_dir() for split in SPLITS for name in CLASS_NAMES)


def is_validation(faces: Faces, fraction: float = VALIDATION_FRACTION) -> NDArray[np.bool_]:
    """Marks the validation images of the training split by the rule that Keras applies.

    In each class the files are sorted by name as text (im0, im1, im10, ...) and the
    first `fraction` of them, rounded down, is held out
    (keras.src.legacy.preprocessing.image.ImageDataGenerator, `validation_split`).

    Args:
        faces: the training split.
        fraction: share of each class that is held out, 0-1.

    Returns:
        bool (n,): True for validation.
    """
    mask = np.zeros(len(faces), dtype=bool)
    for label in range(len(CLASS_NAMES)):
        rows = np.flatnonzero(faces.labels == label)
        by_text = rows[np.argsort(faces.paths[rows])]
        mask[by_text[: int(fraction * len(rows))]] = True
    return mask


def usage(test_paths: Iterable[str]) -> NDArray[np.str_]:
    """FER2013's own subset of each test image: `PublicTest` or `PrivateTest`.

    Args:
        test_paths: paths as `test/happy/im0.png`; the number decides.

    Returns:
        str (n,).
    """
    return np.array([_usage(path) for path in test_paths], dtype="<U11")


def class_counts(labels: NDArray[np.int8]) -> dict[str, int]:
    """Images a class, in class order; 0 for an absent class."""
    counts = np.bincount(labels, minlength=len(CLASS_NAMES))
    return dict(zip(CLASS_NAMES, counts.tolist(), strict=True))


def class_weights(labels: NDArray[np.int8]) -> dict[str, float]:
    """Balanced weights n / (classes * count), as scikit-learn's `compute_class_weight`.

    Classes without an image get weight 0.
    """
    counts = class_counts(labels)
    total = sum(counts.values())
    return {name: total / (len(counts) * count) if count else 0.0 for name, count in counts.items()}


def imbalance_ratio(labels: NDArray[np.int8]) -> float:
    """Images of the largest class over those of the smallest; inf if a class is empty."""
    counts = class_counts(labels).values()
    return max(counts) / min(counts) if min(counts) else float("inf")


def file_number(name: str) -> int:
    """Number in a file name (`im12.png` is 12), or -1 where it has none."""
    digits = "".join(character for character in Path(name).stem if character.isdigit())
    return int(digits) if digits else -1


def _usage(path: str) -> str:
    _, name, file = path.split("/")
    return "PublicTest" if file_number(file) < PUBLIC_TEST_COUNTS[name] else "PrivateTest"


def _scan(root: Path) -> dict[Split, list[list[os.DirEntry[str]]]]:
    """Files of each class of each split, in number order."""
    missing = [f"{s}/{c}" for s in SPLITS for c in CLASS_NAMES if not (root / s / c).is_dir()]
    if len(missing) == len(SPLITS) * len(CLASS_NAMES):
        raise DataMissingError(
            "No data set found. Fetch it with `python -m fer_core data download`, or set "
            f"{paths.DATA_DIR_VARIABLE} to a folder that holds train/ and test/."
        )
    if missing:
        raise DataError(
            f"The data set lacks {', '.join(missing)}. Each of train/ and test/ needs the folders "
            f"{', '.join(CLASS_NAMES)}; run `python -m fer_core data download` again."
        )
    return {s: [_files(root / s / name) for name in CLASS_NAMES] for s in SPLITS}


def _files(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        files = [entry for entry in entries if entry.is_file() and not entry.name.startswith(".")]
    return sorted(files, key=lambda entry: (file_number(entry.name), entry.name))


def _source_key(root: Path, files: dict[Split, list[list[os.DirEntry[str]]]]) -> str:
    """Identifies the files by folder, name, size and time of change, without reading them."""
    digest = hashlib.sha256(f"{_CACHE_VERSION}|{root.resolve()}".encode())
    for split, classes in files.items():
        for name, entries in zip(CLASS_NAMES, classes, strict=True):
            digest.update(f"|{split}/{name}".encode())
            for entry in entries:
                stat = entry.stat()
                digest.update(f"|{entry.name}:{stat.st_size}:{stat.st_mtime_ns}".encode())
    return digest.hexdigest()[:20]


def _build(
    root: Path,
    files: dict[Split, list[list[os.DirEntry[str]]]],
    folder: Path,
    progress: Progress | None,
) -> None:
    """Decodes everything into a folder beside `folder` and renames it; the manifest is last."""
    building = folder.with_name(f"{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    building.mkdir(parents=True)
    total = sum(len(entries) for classes in files.values() for entries in classes)
    done = 0
    skipped: list[tuple[str, str]] = []
    digest = hashlib.sha256()
    for split, classes in files.items():
        images: list[NDArray[np.uint8]] = []
        labels: list[int] = []
        names: list[str] = []
        for label, entries in enumerate(classes):
            for entry, face in zip(entries, _decode_all(entries), strict=True):
                done += 1
                path = f"{split}/{CLASS_NAMES[label]}/{entry.name}"
                if face is None:
                    skipped.append((path, "not a readable image of 48x48 pixels"))
                else:
                    images.append(face)
                    labels.append(label)
                    names.append(path)
                if progress is not None and (done % 200 == 0 or done == total):
                    progress(done, total)
        empty = [name for i, name in enumerate(CLASS_NAMES) if i not in set(labels)]
        if empty:
            shutil.rmtree(building, ignore_errors=True)
            raise DataError(
                f"No readable image of {', '.join(empty)} in {split}/. Run "
                "`python -m fer_core data download` again, or check the folder."
            )
        stacked = np.stack(images)[..., None]
        digest.update("\n".join(names).encode())
        digest.update(stacked.tobytes())
        np.save(building / f"{split}_images.npy", stacked)
        np.save(building / f"{split}_labels.npy", np.array(labels, dtype=np.int8))
        np.save(building / f"{split}_paths.npy", np.array(names))
    manifest = {
        "fingerprint": digest.hexdigest(),
        "synthetic": (root / SYNTHETIC_MARKER).exists(),
        "skipped": skipped,
    }
    (building / "manifest.json").write_text(json.dumps(manifest))
    os.replace(building, folder)


SYNTHETIC_MARKER = "SYNTHETIC"
"""A file of this name at the root says that the faces are drawn."""


def _decode_all(entries: list[os.DirEntry[str]]) -> Iterator[NDArray[np.uint8] | None]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(_decode, (entry.path for entry in entries), chunksize=64)


def _decode(path: str) -> NDArray[np.uint8] | None:
    """One image as (48, 48) uint8, or None if it is none or has another size."""
    import cv2

    try:
        buffer = np.fromfile(path, dtype=np.uint8)
        image = cv2.imdecode(buffer, cv2.IMREAD_GRAYSCALE) if buffer.size else None
    except (OSError, cv2.error):
        return None
    if image is None or image.shape != (FACE_SIZE, FACE_SIZE):
        return None
    return np.asarray(image, dtype=np.uint8)


def _open(folder: Path) -> Dataset:
    manifest = json.loads((folder / "manifest.json").read_text())
    train, test = (
        Faces(
            np.load(folder / f"{split}_images.npy", mmap_mode="r"),
            np.load(folder / f"{split}_labels.npy"),
            np.load(folder / f"{split}_paths.npy"),
        )
        for split in SPLITS
    )
    return Dataset(
        train=train,
        test=test,
        fingerprint=manifest["fingerprint"],
        synthetic=manifest["synthetic"],
        skipped=tuple((path, reason) for path, reason in manifest["skipped"]),
    )
