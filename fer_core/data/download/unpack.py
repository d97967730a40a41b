"""Unpacks a ZIP of the data set without trusting it.

`fer_core.archives` refuses bad archives; only images are written, each to a place made from
its split, class and plain name.
"""

import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from fer_core import archives
from fer_core.archives import ArchiveError, Limits
from fer_core.data.layout import Sorted, sort_out
from fer_core.errors import DataError
from fer_core.progress import Progress

LIMITS: Final = Limits(
    members=200_000,
    directory=32 * 2**20,
    member=2**20,
    total=2**30,
    archive=2 * 2**30,
    ratio_floor=64 * 2**10,
)
"""The data set has 35,887 images of about 2 kB in 64 MB."""
_BLOCK = 4096


def unpack(zip_path: Path, folder: Path, progress: Progress | None = None) -> Sorted:
    """Unpacks the images of a ZIP, in which the data set may lie in a folder, into an empty
    `folder` as `train/<class>/` and `test/<class>/`; says what was taken and what was skipped.

    After an error the folder holds a part of the images; the caller removes it.

    Raises:
        ArchiveError: not a ZIP, damaged, encrypted, unsafe, above a limit or lacking a class.
        DataError: larger than the free disk space.
        OSError: the folder cannot be written.
    """
    with archives.open_zip(zip_path, f"'{zip_path.name}'", LIMITS) as archive:
        for info in archive.infolist():
            _refuse(info, archives.unsafe(info))
        members = [info for info in archive.infolist() if not info.is_dir()]
        names = {info.filename.replace("\\", "/"): info for info in members}
        try:
            contents = sort_out(names)
        except DataError as exc:
            raise ArchiveError(str(exc)) from exc
        chosen = {names[name]: place for name, place in contents.taken.items()}
        for info in chosen:
            _refuse(info, archives.too_large(info, LIMITS))
        archives.check_total(chosen, f"'{zip_path.name}'", LIMITS)
        _check_space(chosen, folder)
        for place in {place.rsplit("/", 1)[0] for place in chosen.values()}:
            (folder / place).mkdir(parents=True, exist_ok=True)
        for done, (info, place) in enumerate(chosen.items(), 1):
            name = f"'{zip_path.name}' (at {info.filename!r})"
            (folder / place).write_bytes(archives.read(archive, info, name))
            if progress is not None and (done % 100 == 0 or done == len(chosen)):
                progress(done, len(chosen))
    return contents


def _refuse(info: zipfile.ZipInfo, reason: str | None) -> None:
    if reason is not None:
        by_hand = " Or unpack it with its password and use `--dir`." if info.flag_bits & 1 else ""
        raise ArchiveError(f"Nothing was kept: {info.filename!r} {reason}{by_hand}")


def _check_space(infos: Iterable[zipfile.ZipInfo], folder: Path) -> None:
    needed = sum(-(-info.file_size // _BLOCK) * _BLOCK for info in infos)
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise DataError(
            f"The disk is too full: unpacking needs {needed / 1e6:,.0f} MB and {free / 1e6:,.0f} "
            "MB are free. Free some space and run it again."
        )
