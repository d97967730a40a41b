"""Unpacks a ZIP of the data set without trusting it.

`fer_core.archives` refuses bad archives; only images that can be decoded are written, each to a
place made from its split, class and plain name.
"""

import shutil
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from fer_core import archives
from fer_core.archives import ArchiveError, Limits
from fer_core.data.decode import MAX_BYTES
from fer_core.data.download import csv_file
from fer_core.data.download.taking import Taking
from fer_core.data.layout import Sorted, sort_out
from fer_core.errors import DataError
from fer_core.progress import Progress

LIMITS: Final = Limits(
    members=200_000,
    directory=32 * 2**20,
    member=MAX_BYTES,
    total=2**30,
    archive=2 * 2**30,
    ratio_floor=64 * 2**10,
)
"""The data set has 35,887 images of about 2 kB in 67 MB."""
_TABLE: Final = replace(LIMITS, member=LIMITS.total)
"""FER2013's own has 301 MB."""
_BLOCK = 4096


def unpack(
    source: Path | bytes,
    folder: Path,
    progress: Progress | None = None,
    *,
    name: str = "",
    resize: bool = False,
) -> Sorted:
    """Unpacks the images of a ZIP into an empty `folder`, as `train/<class>/` and `test/<class>/`;
    says what was taken and what was skipped.

    The data set may lie in a folder inside it, or be a `fer2013.csv`. `name` is how messages call
    the ZIP; `resize` brings square images of other sizes to 48x48.

    After an error the folder holds a part of the images; the caller removes it.

    Raises:
        ArchiveError: not a ZIP, damaged, encrypted, unsafe, above a limit or lacking a class.
        DataError: too many images cannot be used, or it is larger than the free disk space.
        OSError: the folder cannot be written.
    """
    name = name or (source.name if isinstance(source, Path) else "the ZIP")
    with archives.open_zip(source, f"'{name}'", LIMITS) as archive:
        for info in archive.infolist():
            _refuse(info, archives.unsafe(info))
        members = [info for info in archive.infolist() if not info.is_dir()]
        names = {info.filename.replace("\\", "/"): info for info in members}
        try:
            contents = sort_out(names)
        except DataError as exc:
            for member, info in names.items():
                if _is_table(archive, info):
                    with archives.open_member(archive, info) as table:
                        return csv_file.read(table, member, folder, progress)
            raise ArchiveError(str(exc)) from exc
        chosen = {name: names[name] for name in contents.taken}
        for info in chosen.values():
            _refuse(info, archives.too_large(info, LIMITS))
        archives.check_total(chosen.values(), f"'{name}'", LIMITS)
        _check_space(chosen.values(), folder)
        taking = Taking(folder, len(chosen), resize=resize, progress=progress)
        for member, info in chosen.items():
            data = archives.read(archive, info, f"'{name}' (at {info.filename!r})")
            taking.take(member, contents.taken[member], data)
    return taking.finish(contents)


def _is_table(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    if not info.filename.lower().endswith(".csv"):
        return False
    _refuse(info, archives.too_large(info, _TABLE))
    try:
        with archives.open_member(archive, info) as file:
            return csv_file.is_table(file, info.filename)
    except archives.DAMAGE as exc:
        raise archives.damaged(f"'{info.filename}'") from exc


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
