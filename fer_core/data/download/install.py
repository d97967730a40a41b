"""Puts a complete data set in place, or nothing.

A new data set is made in a folder beside the old one, its manifest is written last,
and the folder is renamed whole. Whatever a kill leaves behind, the next `locked`
or `settle` puts right: at each moment either the old or the new data set can be found.
"""

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from fer_core import files, paths
from fer_core.data.layout import MANIFEST, SPLITS, SYNTHETIC_MARKER, Sorted, class_folders
from fer_core.errors import DataError, FerError

PUBLISHED_IMAGES = {"train": 28_709, "test": 7_178}  # images in each split of Kaggle's data set

_OURS = {*SPLITS, MANIFEST, SYNTHETIC_MARKER}
_MANIFEST_VERSION = 1


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Holds the lock of `target` between processes and clears up after a killed one; raises
    `DataError` where the folder that is to hold it cannot be written, or is a whole disk.
    """
    _refuse_volume(target)
    with disk_errors():
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(str(beside(target, "lock"))):
            _recover(target)
            yield


@contextmanager
def disk_errors(error: type[FerError] = DataError) -> Iterator[None]:
    """Turns errors of the disk into `error`."""
    try:
        yield
    except OSError as exc:
        if exc.errno in (errno.ENOSPC, errno.EDQUOT):
            raise error(
                "The disk is full. Free some space (about 300 MB) and run it again; what was "
                "there before is untouched."
            ) from exc
        if exc.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise error(
                "The data folder cannot be written, or one of its files is open in another "
                f"program. Set {paths.DATA_DIR_VARIABLE} to a folder of your own, or close that "
                "program."
            ) from exc
        raise error(
            f"The data folder cannot be used: {exc.strerror or exc}. Set "
            f"{paths.DATA_DIR_VARIABLE} to a folder on this machine's disk."
        ) from exc


def settle(target: Path) -> None:
    """Brings back the data set where a killed installation left none in its place; does nothing
    where another is at work, or the disk refuses.
    """
    if not target.name or target.exists() or not beside(target, "previous").exists():
        return
    with suppress(OSError, Timeout), FileLock(str(beside(target, "lock")), timeout=0):
        _recover(target)


def install(
    target: Path, source: str, fill: Callable[[Path], Sorted], *, force: bool = False
) -> Path:
    """Lets `fill` write `train/` and `test/` into an empty folder beside `target`, then renames it.

    The caller holds `locked(target)`. `source` is for the manifest; with `force` even a data set
    is replaced that this program did not put there.

    Raises:
        DataError: `target` holds something else, or `fill` refused its source.
    """
    check_replaceable(target, force=force)
    making = beside(target, "unpacking")
    _remove(making)
    making.mkdir()
    try:
        contents = fill(making)
        if contents.synthetic:
            (making / SYNTHETIC_MARKER).write_text(
                "Drawn faces; quote no figure from them.\n", encoding="utf-8"
            )
        _write_manifest(making, source, contents)
        _swap(making, target)
    except BaseException:
        _remove(making)
        _recover(target)
        raise
    return target


def read_manifest(folder: Path) -> dict[str, Any]:
    """What was unpacked into `folder`: source, date (UTC), files, skipped; empty if unknown."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def is_complete(folder: Path) -> bool:
    """Whether `folder` holds all that its manifest names or, without one, all that Kaggle has.

    Sizes are compared too, so that files emptied by a power failure are noticed. A
    synthetic data set is never complete.
    """
    if (folder / SYNTHETIC_MARKER).exists():
        return False
    found = _measure(folder)
    manifest = read_manifest(folder)
    return found == manifest["files"] if "files" in manifest else _is_published(found)


def check_replaceable(target: Path, *, force: bool = False) -> None:
    """Raises `DataError` if replacing `target` could destroy something of the user's."""
    if not target.is_dir():
        if target.exists():
            raise DataError("The data folder is a file. Move it away and run it again.")
        return
    _refuse_volume(target)
    others = sorted({entry.name for entry in target.iterdir()} - _OURS)
    visible = [name for name in others if not name.startswith(".")]
    if visible:
        names = ", ".join(visible[:3]) + (", ..." if len(visible) > 3 else "")
        raise DataError(
            f"The data folder holds other files ({names}), which would be lost. Move them away, "
            f"or set {paths.DATA_DIR_VARIABLE} to an empty folder."
        )
    found = _measure(target)
    known = _is_ours(target, found)
    if not (force or known or _is_published(found)) and any(count for count, _ in found.values()):
        raise DataError(
            "The data folder holds images that this program did not put there. Use `--force` to "
            f"replace them, or set {paths.DATA_DIR_VARIABLE} to an empty folder."
        )


def _refuse_volume(target: Path) -> None:
    if not target.name or target.is_mount():
        raise DataError(
            f"The data folder is a disk or volume of its own, which cannot be replaced whole. Set "
            f"{paths.DATA_DIR_VARIABLE} to a folder inside it."
        )


def _is_ours(target: Path, found: dict[str, list[int]]) -> bool:
    """Whether the manifest knows of every image in `target`; drawn ones can be drawn again."""
    if (target / SYNTHETIC_MARKER).exists():
        return True
    listed = read_manifest(target).get("files", {})
    return bool(listed) and all(found[key][0] <= listed.get(key, [0])[0] for key in found)


def beside(target: Path, suffix: str) -> Path:
    """A hidden path next to `target`, on the same disk."""
    return target.with_name(f".{target.name}.{suffix}")


def _recover(target: Path) -> None:
    making, previous = beside(target, "unpacking"), beside(target, "previous")
    if not target.exists():
        if read_manifest(making):
            files.replace(making, target)
        elif previous.exists():
            files.replace(previous, target)
    _remove(making)
    _remove(previous)


def _swap(making: Path, target: Path) -> None:
    previous = beside(target, "previous")
    _remove(previous)
    if target.exists():
        files.replace(target, previous)
    files.replace(making, target)
    with suppress(OSError):  # in use on Windows; the next run removes it
        _remove(previous)


def _write_manifest(folder: Path, source: str, contents: Sorted) -> None:
    manifest = {
        "version": _MANIFEST_VERSION,
        "source": source,
        "unpacked": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": _measure(folder),
        "skipped": contents.skipped,
    }
    temporary = folder / f".{MANIFEST}"
    temporary.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    files.replace(temporary, folder / MANIFEST)


def _measure(folder: Path) -> dict[str, list[int]]:
    """[files, bytes] of each class folder; [0, 0] for an absent one."""
    found = {}
    for key in class_folders():
        try:
            with os.scandir(folder / key) as entries:
                sizes = [entry.stat().st_size for entry in entries if entry.is_file()]
        except OSError:
            sizes = []
        found[key] = [len(sizes), sum(sizes)]
    return found


def _is_published(found: dict[str, list[int]]) -> bool:
    counts = {
        split: sum(count for key, (count, _) in found.items() if key.startswith(split))
        for split in SPLITS
    }
    return counts == PUBLISHED_IMAGES


def _remove(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)
