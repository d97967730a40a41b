"""Fetches the data set: from Kaggle, from a ZIP or from unpacked folders.

    python -m fer_core data download [--zip FILE | --dir DIR]

Each way ends in `install`: the data folder is either complete or as it was before.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fer_core import paths
from fer_core.archives import ArchiveError
from fer_core.data.download import kaggle, unpack
from fer_core.data.download.install import (
    beside,
    check_replaceable,
    disk_errors,
    install,
    is_complete,
    locked,
)
from fer_core.data.layout import MANIFEST, SPLITS, Sorted, check_classes, class_folders, sort_out
from fer_core.errors import DataError, DownloadError
from fer_core.progress import Progress

DATASET = "ananthu017/emotion-detection-fer"
DATASET_URL = f"https://www.kaggle.com/datasets/{DATASET}"

_SEARCH_DEPTH = 2


def download(
    target: Path | None = None,
    progress: Progress | None = None,
    *,
    unpack_progress: Progress | None = None,
    force: bool = False,
) -> Path:
    """Downloads and unpacks the data set, unless all of it is there; returns its folder.

    May be interrupted anywhere and run again; continues where it was. A second process
    waits for the first and then finds the work done. The folder is `paths.data_dir()` when
    `target` is None; `force` downloads again and replaces whatever data set is there. Progress is
    in bytes, then in images.

    Raises:
        DownloadError: Kaggle cannot be reached, refuses or sends something else, or the disk
            is full.
        DataError: the data folder cannot be written, or holds something of the user's.
    """
    target = _target(target)
    with locked(target):
        if not force and is_complete(target):
            return target
        zip_path, part = beside(target, "zip"), beside(target, "zip.part")
        if not zip_path.exists():
            check_replaceable(target, force=force)  # before 64 MB are fetched for nothing
            with disk_errors(DownloadError):
                kaggle.fetch(DATASET, part, progress)
                os.replace(part, zip_path)
        try:
            install(target, DATASET_URL, _unpacker(zip_path, unpack_progress), force=force)
        except ArchiveError as exc:
            zip_path.unlink(missing_ok=True)
            raise DownloadError(f"What Kaggle sent cannot be used. {exc}") from exc
        zip_path.unlink(missing_ok=True)
    return target


def from_zip(
    zip_path: Path,
    target: Path | None = None,
    progress: Progress | None = None,
    *,
    force: bool = False,
) -> Path:
    """Unpacks a ZIP that was fetched by hand, as `download`; the ZIP stays.

    The data set may lie in a folder inside it. With `force` even a data set is replaced that this
    program did not put there.

    Raises:
        DataError: not a ZIP, damaged, unsafe or lacking a class; `target` is as it was.
    """
    target = _target(target)
    with locked(target):
        return install(target, zip_path.name, _unpacker(zip_path, progress), force=force)


def from_dir(
    source: Path,
    target: Path | None = None,
    progress: Progress | None = None,
    *,
    force: bool = False,
) -> Path:
    """Copies unpacked folders into the data folder; nothing is copied if they are there.

    `source` holds `train/` and `test/`, itself or up to two levels down; the rest as `from_zip`.

    Raises:
        DataError: no data set there, or a class is missing; `target` is as it was.
    """
    target = _target(target)
    try:
        root = _find_root(source)
        contents = sort_out(_file_names(root))
    except OSError as exc:
        raise DataError(f"The folder '{source.name}' cannot be read: {exc.strerror}.") from exc
    if root.resolve() == target.resolve():
        return target
    if target.resolve() in root.resolve().parents:
        raise DataError(
            f"The images lie in a folder inside the data folder ('{root.name}'). Move its train/ "
            f"and test/ up, or set {paths.DATA_DIR_VARIABLE} to it."
        )

    with locked(target):
        return install(
            target,
            f"folder '{source.name}'",
            lambda folder: _copy(root, contents, folder, progress),
            force=force,
        )


def _target(target: Path | None) -> Path:
    return paths.data_dir() if target is None else target.absolute()


def _unpacker(zip_path: Path, progress: Progress | None) -> Callable[[Path], Sorted]:
    return lambda folder: unpack.unpack(zip_path, folder, progress)


def _copy(root: Path, contents: Sorted, folder: Path, progress: Progress | None) -> Sorted:
    for place in class_folders():
        (folder / place).mkdir(parents=True)
    copied: dict[str, str] = {}
    skipped = list(contents.skipped)
    for done, (name, place) in enumerate(contents.taken.items(), 1):
        try:
            data = (root / name).read_bytes()
        except OSError as exc:
            skipped.append((name, f"cannot be read: {exc.strerror}"))
        else:
            (folder / place).write_bytes(data)
            copied[name] = place
        if progress is not None and (done % 100 == 0 or done == len(contents.taken)):
            progress(done, len(contents.taken))
    check_classes(copied.values())
    return replace(contents, taken=copied, skipped=tuple(skipped))


def _find_root(source: Path) -> Path:
    """The folder at or beneath `source` that holds `train/` and `test/`."""
    if not source.is_dir():
        raise DataError(f"There is no folder '{source.name}'. Check its name.")
    level = [source]
    for _ in range(_SEARCH_DEPTH + 1):
        for folder in level:
            if all((folder / split).is_dir() for split in SPLITS):
                return folder
        level = [child for folder in level for child in sorted(folder.iterdir()) if child.is_dir()]
    raise DataError(
        f"The folder '{source.name}' holds no train/ and test/, nor does a folder up to "
        f"{_SEARCH_DEPTH} levels down. Give the folder that the ZIP was unpacked into."
    )


def _file_names(root: Path) -> list[str]:
    """Every file at the root and beneath its `train/` and `test/`, relative, with `/`."""
    names = [entry.name for entry in root.iterdir() if entry.is_file() and entry.name != MANIFEST]
    for split in SPLITS:
        for folder, _, files in os.walk(root / split):
            relative = Path(folder).relative_to(root).as_posix()
            names.extend(f"{relative}/{name}" for name in files)
    return sorted(names)
