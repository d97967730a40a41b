"""Fetches the data set: from Kaggle, from a ZIP or from unpacked folders.

    python -m fer_core data download [--zip FILE | --dir DIR]

Each way ends in `install`: the data folder is either complete or as it was before.
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import IO

from fer_core import files, paths
from fer_core.archives import ArchiveError
from fer_core.data.download import csv_file, folders, kaggle, unpack
from fer_core.data.download.install import (
    beside,
    check_replaceable,
    disk_errors,
    install,
    is_complete,
    locked,
)
from fer_core.data.layout import Sorted
from fer_core.errors import DataError, DownloadError
from fer_core.progress import Progress

DATASET = "ananthu017/emotion-detection-fer"
DATASET_URL = f"https://www.kaggle.com/datasets/{DATASET}"
DATASET_SIZE = "67 MB"
"""Of Kaggle's ZIP: 67,167,033 bytes."""

_OTHER_ARCHIVES = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst")


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
    with disk_errors():  # of a volume too, which `locked` refuses
        if not force and is_complete(target):
            return target
    with locked(target):
        if not force and is_complete(target):
            return target
        zip_path, part = beside(target, "zip"), beside(target, "zip.part")
        if not zip_path.exists():
            check_replaceable(target, force=force)  # before 67 MB are fetched for nothing
            with disk_errors(DownloadError):
                kaggle.fetch(DATASET, part, progress)
                files.replace(part, zip_path)
        try:
            install(
                target,
                DATASET_URL,
                _unpacker(zip_path, zip_path.name, unpack_progress),
                force=force,
            )
        except ArchiveError as exc:
            zip_path.unlink(missing_ok=True)
            raise DownloadError(f"What Kaggle sent cannot be used. {exc}") from exc
        zip_path.unlink(missing_ok=True)
    return target


def from_zip(
    source: Path | bytes,
    target: Path | None = None,
    progress: Progress | None = None,
    *,
    name: str = "",
    force: bool = False,
    resize: bool = False,
) -> Path:
    """Unpacks a ZIP that was fetched by hand, as `download`; the ZIP stays.

    The data set may lie in a folder inside it, or be a `fer2013.csv`, in it or in its place.

    Args:
        source: the file, or its bytes.
        target: the data folder, if not `paths.data_dir()`.
        progress: is told how many images were looked at.
        name: what to call it where only its bytes are given.
        force: replace even a data set that this program did not put there.
        resize: bring square images of other sizes to 48x48 pixels.

    Raises:
        DataError: not a ZIP, damaged, unsafe, lacking a class or with too many images that cannot
            be used; `target` is as it was.
    """
    target = _target(target)
    name = name or (source.name if isinstance(source, Path) else "the ZIP")
    check_kind(name)
    if isinstance(source, Path) and not source.is_file():
        problem = "is not a file" if source.exists() else "does not exist"
        raise DataError(f"'{name}' {problem}. Check its name and folder.")
    with locked(target):
        return install(target, name, _unpacker(source, name, progress, resize=resize), force=force)


def check_kind(name: str) -> None:
    """Raises `DataError` where a file's name says that it is an archive of another kind."""
    if name.lower().endswith(_OTHER_ARCHIVES):
        raise DataError(
            f"'{name}' is not a ZIP. Unpack it, and use `--dir` with the folder that it makes."
        )


def from_dir(
    source: Path,
    target: Path | None = None,
    progress: Progress | None = None,
    *,
    force: bool = False,
    resize: bool = False,
) -> Path:
    """Copies unpacked folders into the data folder; nothing is copied if they are there.

    `source` holds `train/` and `test/`, or a `fer2013.csv`, itself or up to two levels down; the
    rest as `from_zip`.

    Raises:
        DataError: no data set there, or a class is missing; `target` is as it was.
    """
    target = _target(target)
    if not source.is_dir():
        what = "is a file. Use `--zip`." if source.exists() else "does not exist. Check its name."
        raise DataError(f"The folder '{source.name}' {what}")
    try:
        found = folders.look(source)
    except OSError as exc:
        raise DataError(f"The folder '{source.name}' cannot be read: {exc.strerror}.") from exc
    if found.table is None and found.root.resolve() == target.resolve():
        return target
    if found.table is None and target.resolve() in found.root.resolve().parents:
        raise DataError(
            f"The images lie in a folder inside the data folder ('{found.root.name}'). Move its "
            f"train/ and test/ up, or set {paths.DATA_DIR_VARIABLE} to it."
        )
    with locked(target):
        return install(
            target,
            f"folder '{source.name}'",
            lambda folder: folders.copy(found, folder, progress, resize=resize),
            force=force,
        )


def _target(target: Path | None) -> Path:
    return paths.data_dir() if target is None else target.absolute()


def _opened(table: Path) -> IO[bytes]:
    try:
        return table.open("rb")
    except OSError as exc:
        raise DataError(f"'{table.name}' cannot be read: {exc.strerror}.") from exc


def _unpacker(
    source: Path | bytes, name: str, progress: Progress | None, *, resize: bool = False
) -> Callable[[Path], Sorted]:
    def fill(folder: Path) -> Sorted:
        if not name.lower().endswith(".csv"):
            return unpack.unpack(source, folder, progress, name=name, resize=resize)
        with io.BytesIO(source) if isinstance(source, bytes) else _opened(source) as table:
            return csv_file.read(table, name, folder, progress)

    return fill
