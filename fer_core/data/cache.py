"""Decodes a data set once and keeps the arrays for memory-mapping.

A cache is a folder `arrays/<root>-<source>`: the first part stands for the place of
the data set, the second for its files (name, size, time of change), so that a changed
source is decoded again and the stale arrays are removed.
"""

import atexit
import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from fer_core import paths
from fer_core.classes import CLASS_NAMES, FACE_SIZE
from fer_core.data.decode import MAX_BYTES, decode
from fer_core.data.download import install
from fer_core.data.layout import (
    NOT_AN_IMAGE,
    SPLITS,
    SYNTHETIC_MARKER,
    Split,
    class_folders,
    file_number,
    is_image_name,
)
from fer_core.data.measures import Measures, measure
from fer_core.errors import DataError, DataMissingError, ImageError
from fer_core.files import replace
from fer_core.progress import Progress

_VERSION = 3
_FOLDER = re.compile(r"[0-9a-f]{12}-[0-9a-f]{20}")
_ATTEMPTS = 3
_BATCH = 256
_UNWRITABLE = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST, errno.ENOENT)

Arrays = tuple[NDArray[np.uint8], NDArray[np.int8], NDArray[np.str_]]
"""Images (n, 48, 48, 1), labels (n,) and paths (n,) of one split."""


@dataclass(frozen=True)
class Decoded:
    """A decoded data set; see `fer2013.Dataset` for the meaning of the parts."""

    splits: dict[Split, Arrays]
    fingerprint: str
    synthetic: bool
    skipped: tuple[tuple[str, str], ...]
    measures: Measures


def load(root: Path, progress: Progress | None = None) -> Decoded:
    """Maps the arrays of the data set at `root`, decoding it if it is new or has changed.

    Raises:
        DataMissingError: there is no data set at `root`.
        DataError: a class has no readable image, the files keep changing, or the cache
            folder cannot be written.
    """
    root = root.resolve()
    install.settle(root)
    try:
        return _load(root, paths.cache_dir(), progress)
    except OSError as exc:
        if exc.errno not in _UNWRITABLE:
            raise _not_kept(exc) from exc
    try:  # a read-only place is no reason to do without the images
        return _load(root, _own_folder(), progress)
    except OSError as exc:
        raise _not_kept(exc) from exc


def _load(root: Path, cache: Path, progress: Progress | None) -> Decoded:
    for _ in range(_ATTEMPTS):
        key = source_key(root)
        folder = cache / "arrays" / key
        decoded = _open(folder)
        if decoded is not None:
            return decoded
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(str(folder.parent / f"{key.split('-')[0]}.lock")):
            if _open(folder) is None:
                _build(root, folder, progress)
                _remove_stale(folder, root)
    raise DataError(
        "The data set changes while it is read. Wait until its files are in place and try again."
    )


@lru_cache(maxsize=1)
def _own_folder() -> Path:
    """A folder of this process alone, removed when it ends."""
    made = tempfile.mkdtemp(prefix="fer-arrays-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


def _not_kept(error: OSError) -> DataError:
    why = error.strerror or "the disk takes no more"
    return DataError(
        f"The decoded images cannot be kept ({why}). They need 100 MB; free some space, or set "
        f"{paths.CACHE_DIR_VARIABLE} to another folder."
    )


def is_decoded(root: Path) -> bool:
    """Whether `load` would only map arrays; raises as `source_key`."""
    root = root.resolve()
    key = source_key(root)
    places = [paths.cache_dir()] + ([_own_folder()] if _own_folder.cache_info().currsize else [])
    return any(_open(place / "arrays" / key) is not None for place in places)


def source_key(root: Path) -> str:
    """Identifies place and files of a data set without opening a file.

    Raises:
        DataMissingError: there is no data set at `root`.
        DataError: some class folders are missing.
    """
    _check_folders(root)
    digest = hashlib.sha256(f"{_VERSION}|{(root / SYNTHETIC_MARKER).exists()}".encode())
    for key in class_folders():
        rows = []
        with os.scandir(root / key) as entries:
            for entry in entries:
                with suppress(OSError):  # removed since, or a broken link
                    stat = entry.stat()
                    rows.append(f"{entry.name}:{stat.st_size}:{stat.st_mtime_ns}")
        digest.update(f"|{key}|{'|'.join(sorted(rows))}".encode(errors="surrogateescape"))
    return f"{_root_key(root)}-{digest.hexdigest()[:20]}"


def _root_key(root: Path) -> str:
    return hashlib.sha256(os.fsencode(root)).hexdigest()[:12]


def _check_folders(root: Path) -> None:
    missing = [key for key in class_folders() if not (root / key).is_dir()]
    if len(missing) == len(class_folders()):
        raise DataMissingError(
            "No data set found. Fetch it with `python -m fer_core data download`, or set "
            f"{paths.DATA_DIR_VARIABLE} to a folder that holds train/ and test/."
        )
    if missing:
        raise DataError(
            f"The data set lacks {', '.join(missing)}. Each of train/ and test/ needs the folders "
            f"{', '.join(CLASS_NAMES)}. Run `python -m fer_core data download` again; a set of "
            "your own with other names is copied under these by `data download --dir FOLDER`, with "
            f"{paths.DATA_DIR_VARIABLE} naming another folder."
        )


def _build(root: Path, folder: Path, progress: Progress | None) -> None:
    """Decodes into a folder beside `folder` and renames it; the manifest is written last.

    If the files changed meanwhile nothing is kept, so that no cache mixes two states.
    """
    building = folder.with_name(f"{_root_key(root)}.building")
    shutil.rmtree(building, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        manifest = _decode_into(building, root, progress)
        (building / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        if folder.name == source_key(root):
            replace(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _decode_into(building: Path, root: Path, progress: Progress | None) -> dict[str, Any]:
    files = {s: [(n, _image_files(root / s / n)) for n in CLASS_NAMES] for s in SPLITS}
    total = sum(len(names) for classes in files.values() for _, names in classes)
    done = 0
    skipped: list[tuple[str, str]] = []
    digest = hashlib.sha256()
    every: list[NDArray[np.uint8]] = []
    for split, classes in files.items():
        size = sum(len(names) for _, names in classes)
        images = np.empty((size, FACE_SIZE, FACE_SIZE, 1), dtype=np.uint8)
        labels: list[int] = []
        places: list[str] = []
        for label, (class_name, names) in enumerate(classes):
            folder = root / split / class_name
            for name, face in zip(names, _decode_all(folder, names), strict=True):
                done += 1
                place = f"{split}/{class_name}/{name}"
                if isinstance(face, str):
                    skipped.append((place, face))
                else:
                    images[len(labels), :, :, 0] = face
                    labels.append(label)
                    places.append(place)
                if progress is not None and (done % 200 == 0 or done == total):
                    progress(done, total)
        empty = [name for label, name in enumerate(CLASS_NAMES) if label not in set(labels)]
        if empty:
            raise DataError(
                f"No readable image in {', '.join(f'{split}/{name}' for name in empty)}. Put some "
                "there, or fetch the published data set by `python -m fer_core data download "
                "--force`, which replaces what is there."
            )
        images = images[: len(labels)]
        every.append(images)
        digest.update("\n".join(places).encode(errors="surrogateescape"))
        digest.update(images.data)
        np.save(building / f"{split}_images.npy", images)
        np.save(building / f"{split}_labels.npy", np.array(labels, dtype=np.int8))
        np.save(building / f"{split}_paths.npy", np.array(places))
    measures = measure(every)
    np.save(
        building / "measures.npy",
        np.stack([measures.brightness, measures.contrast, measures.group]),
    )
    return {
        "root": str(root),
        "fingerprint": digest.hexdigest(),
        "synthetic": (root / SYNTHETIC_MARKER).exists(),
        "skipped": skipped,
    }


def _image_files(folder: Path) -> list[str]:
    """Names of the visible files, by number."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.is_file() and entry.name[0] != "."]
    return sorted(names, key=lambda name: (file_number(name), name))


def _decode_all(folder: Path, names: list[str]) -> Iterator[NDArray[np.uint8] | str]:
    # Decoding so small an image takes less than handing it to a thread, so threads get
    # batches; they pay off where the disk is slow.
    batches = [names[start : start + _BATCH] for start in range(0, len(names), _BATCH)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for faces in pool.map(lambda batch: [_decode(folder, name) for name in batch], batches):
            yield from faces


def _decode(folder: Path, name: str) -> NDArray[np.uint8] | str:
    """One image as (48, 48) uint8, or why it cannot be used."""
    if not is_image_name(name):
        return NOT_AN_IMAGE
    try:
        with open(f"{folder}{os.sep}{name}", "rb") as file:
            return decode(file.read(MAX_BYTES))
    except OSError as exc:
        return f"cannot be read: {exc.strerror}"
    except ImageError as exc:
        return str(exc)


def _open(folder: Path) -> Decoded | None:
    """The arrays in `folder`, or None if there are none or they are damaged."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        splits = {split: _open_split(folder, split) for split in SPLITS}
        skipped = tuple((str(path), str(reason)) for path, reason in manifest["skipped"])
        return Decoded(
            splits,
            str(manifest["fingerprint"]),
            bool(manifest["synthetic"]),
            skipped,
            _open_measures(folder, sum(len(labels) for _, labels, _ in splits.values())),
        )
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return None


def _open_split(folder: Path, split: Split) -> Arrays:
    images = np.load(folder / f"{split}_images.npy", mmap_mode="r")
    labels = np.load(folder / f"{split}_labels.npy")
    places = np.load(folder / f"{split}_paths.npy")
    if images.shape != (len(labels), FACE_SIZE, FACE_SIZE, 1) or len(places) != len(labels):
        raise ValueError("arrays of different lengths")
    return images, labels, places


def _open_measures(folder: Path, count: int) -> Measures:
    brightness, contrast, group = np.load(folder / "measures.npy")
    if len(group) != count:
        raise ValueError("measures of another number of images")
    return Measures(brightness, contrast, group.astype(np.intp))


def _remove_stale(current: Path, root: Path) -> None:
    """Removes older arrays of the same place, and those of places that no longer exist."""
    for folder in current.parent.iterdir():
        if folder == current or not _FOLDER.fullmatch(folder.name):
            continue
        if folder.name.startswith(_root_key(root)) or _is_orphan(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_orphan(folder: Path) -> bool:
    try:
        root = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["root"]
        return not Path(root).exists()
    except (OSError, ValueError, KeyError, TypeError):
        return False
