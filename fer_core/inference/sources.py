"""Finds pictures, archives and videos among paths, one after another.

Folders are walked as they are read and archives opened one at a time, so memory does not
grow with the number of files.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from fer_core.errors import FerError
from fer_core.inference.file_types import PICTURE_SUFFIXES
from fer_core.inference.pictures.decode import read_bytes
from fer_core.inference.pictures.zip_file import COMMAND_LIMITS, PictureArchive
from fer_core.inference.video.file import is_video_name


class Kind(StrEnum):
    """What an input is taken for."""

    PICTURE = "picture"
    VIDEO = "video"
    BROKEN = "broken"  # an archive that cannot be opened


@dataclass(frozen=True)
class Input:
    """One picture or video.

    `read` gives a picture's bytes or raises ImageError; that of a broken archive always does.
    """

    kind: Kind  # by its name; what is in it shows when it is read
    name: str  # as results call it, safe to print
    stem: Path  # of its annotated copy, with the folders below the one that was named
    path: Path  # of a video or of the file that holds the picture
    read: Callable[[], bytes]


def find_inputs(paths: Sequence[Path], leave_out: Path | None = None) -> Iterator[Input]:
    """Every picture and video, in the order of `paths`; a folder's files by name.

    Links to folders are not followed, hidden files and folders not read, nor the folder
    `leave_out`, where results are written.
    """
    left_out = leave_out.resolve() if leave_out is not None else None
    for path in paths:
        if not path.is_dir():
            yield from _of_file(path, Path(path.resolve().stem or "image"))
            continue
        for folder, folders, files in os.walk(path):
            folders[:] = sorted(
                name
                for name in folders
                if not name.startswith(".") and (Path(folder) / name).resolve() != left_out
            )
            for name in sorted(files):
                if _is_read(name):
                    inside = Path(folder).relative_to(path) / Path(name).stem
                    yield from _of_file(Path(folder) / name, inside)


def _is_read(name: str) -> bool:
    known = name.lower().endswith((*PICTURE_SUFFIXES, ".zip")) or is_video_name(name)
    return known and not name.startswith(".")


def _of_file(path: Path, stem: Path) -> Iterator[Input]:
    name = os.fsencode(path).decode("utf-8", errors="replace")  # which every terminal can show
    if path.suffix.lower() == ".zip":
        yield from _of_archive(path, name, stem)
    elif is_video_name(path.name):
        yield Input(Kind.VIDEO, name, stem, path, lambda: b"")
    else:
        yield Input(Kind.PICTURE, name, stem, path, lambda: read_bytes(path))


def _of_archive(path: Path, name: str, stem: Path) -> Iterator[Input]:
    try:
        archive = PictureArchive(path, name, COMMAND_LIMITS)
    except FerError as exc:
        yield Input(Kind.BROKEN, name, stem, path, partial(_refuse, exc))
        return
    with archive:
        for key, member in archive.members():
            inner = Path(member.rsplit("/", 1)[-1]).stem or "image"
            yield Input(Kind.PICTURE, member, stem / inner, path, partial(archive.read, key))


def _refuse(error: FerError) -> bytes:
    raise error
