"""A data set in unpacked folders: found, and copied image by image."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fer_core.data.decode import MAX_BYTES
from fer_core.data.download import csv_file
from fer_core.data.download.taking import Taking
from fer_core.data.layout import Sorted, sort_out
from fer_core.errors import DataError
from fer_core.progress import Progress

SEARCH_DEPTH: Final = 2
"""Folders between the one that is named and its `train/` and `test/`."""
_MAX_FILES: Final = 200_000


@dataclass(frozen=True)
class Found:
    """What a folder holds: images by class, or FER2013's table."""

    source: Path
    root: Path  # the folder of `train/` and `test/`, or of the table
    contents: Sorted  # names relative to `source`
    table: Path | None = None


def look(source: Path) -> Found:
    """Looks for a data set in the folder `source` and up to two levels down; opens no image.

    Raises:
        DataError: there is none, a class is missing, or it holds too many files.
        OSError: it cannot be read.
    """
    os.listdir(source)  # raises where the walk below would be silent
    names = list(_file_names(source))
    try:
        contents = sort_out(names)
    except DataError as exc:
        for name in names:
            if name.lower().endswith(".csv") and _is_table(source / name):
                table = source / name
                return Found(source, table.parent, Sorted({}, (), synthetic=False), table)
        raise DataError(
            f"The folder '{source.name}' cannot be used. {exc} Folders up to {SEARCH_DEPTH} levels "
            "down are searched."
        ) from exc
    above = next(iter(contents.taken)).split("/")[:-3]
    inside = tuple(
        (name, reason)
        for name, reason in contents.skipped
        if name.split("/")[: len(above)] == above
    )
    kept = Sorted(contents.taken, inside, synthetic=contents.synthetic)
    return Found(source, source.joinpath(*above), kept)


def copy(
    found: Found, folder: Path, progress: Progress | None = None, *, resize: bool = False
) -> Sorted:
    """Copies the images that can be used into an empty `folder`; the rest as `unpack.unpack`."""
    if found.table is not None:
        with found.table.open("rb") as table:
            return csv_file.read(table, found.table.name, folder, progress)
    taken = found.contents.taken
    taking = Taking(folder, len(taken), resize=resize, progress=progress)
    for name, place in taken.items():
        try:
            with (found.source / name).open("rb") as file:
                data = file.read(MAX_BYTES)
        except OSError as exc:
            taking.leave(name, f"cannot be read: {exc.strerror}")
        else:
            taking.take(name, place, data)
    return taking.finish(found.contents)


def _is_table(path: Path) -> bool:
    with path.open("rb") as file:
        return csv_file.is_table(file, path.name)


def _file_names(source: Path) -> Iterator[str]:
    """Files down to those of the classes, relative to `source`, with `/`, in order."""
    count = 0
    for folder, below, files in os.walk(source, followlinks=True):
        relative = Path(folder).relative_to(source)
        if len(relative.parts) >= SEARCH_DEPTH + 2:  # that is a class's; links may lead in circles
            below.clear()
        below.sort()
        count += len(files)
        if count > _MAX_FILES:
            raise DataError(
                f"The folder '{source.name}' holds more than {_MAX_FILES:,} files. Give the folder "
                "that the ZIP was unpacked into."
            )
        for name in sorted(files):
            yield (relative / name).as_posix()
