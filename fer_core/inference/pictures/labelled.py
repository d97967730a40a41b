"""Pictures whose folder says what they show: a folder, or a ZIP, with one folder a class.

A picture's label is the nearest folder above it that names a class, in upper or lower case, or
by a common other name (`layout.class_of`); pictures under no such folder are counted and left out.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from fer_core.classes import CLASS_INDEX, CLASS_NAMES
from fer_core.data import layout
from fer_core.errors import DataError
from fer_core.formats import counted
from fer_core.inference import file_types
from fer_core.inference.file_types import FileKind
from fer_core.inference.pictures.decode import read_bytes
from fer_core.inference.pictures.zip_file import COMMAND_LIMITS, PictureArchive

_LOOSE = "no folder"


@dataclass(frozen=True)
class LabelledPicture:
    """One picture: its path below the folder or ZIP, which no other has; index of its class; and
    what gives its bytes or raises `ImageError`.
    """

    name: str
    label: int
    read: Callable[[], bytes]


@dataclass(frozen=True)
class LabelledPictures:
    """Pictures by class and name; how many lie in each folder that names no class; and the paths of
    files that are no pictures.
    """

    pictures: tuple[LabelledPicture, ...]
    unknown: dict[str, int]
    others: tuple[str, ...] = ()

    def describe_unknown(self) -> str:
        """A sentence or two on what was left out; empty where nothing was."""
        sentences = [self._describe_folders()] if self.unknown else []
        if self.others:
            sentences.append(
                f"Left out, as they are no pictures: {counted(len(self.others), 'file')} "
                f"({file_types.listed(self.others)})."
            )
        return " ".join(sentences)

    def _describe_folders(self) -> str:
        parts = [f"{name} ({counted(n, 'picture')})" for name, n in self.unknown.items()]
        contempt = any(name.lower() == "contempt" for name in self.unknown)
        note = " None of the models here knows contempt." if contempt else ""
        return f"Left out, as the folder names none of the seven classes: {', '.join(parts)}.{note}"


def class_of(folder: str) -> int | None:
    """Index of the class that a folder's name says; None where it says none."""
    name = layout.class_of(folder)
    return None if name is None else CLASS_INDEX[name]


@contextmanager
def open_labelled(path: Path) -> Iterator[LabelledPictures]:
    """The labelled pictures of a folder or a ZIP on this machine.

    Raises:
        DataError: there is no such path, or no picture in a folder named as a class.
        ImageError: the ZIP is damaged or above a limit.
    """
    if path.is_dir():
        yield _of_folder(path)
    elif path.suffix.lower() == ".zip":
        with PictureArchive(path, path.name, COMMAND_LIMITS) as archive:
            yield of_archive(archive)
    else:
        problem = "is neither a folder nor a ZIP" if path.exists() else "does not exist"
        raise DataError(f"{path} {problem}. Name a folder or a ZIP with one folder a class.")


def of_archive(archive: PictureArchive) -> LabelledPictures:
    """The labelled pictures of a ZIP that stays open while they are read.

    Raises:
        DataError: no picture lies in a folder named as a class.
    """
    keys = [key for key, _ in archive.members()]
    files = [(archive.path(key), archive.kind(key), partial(archive.read, key)) for key in keys]
    return _sorted(archive.name, files, archive.others)


def _of_folder(root: Path) -> LabelledPictures:
    paths = [path for path in root.rglob("*") if path.is_file()]
    named = [
        (file_types.printable_path(PurePosixPath(path.relative_to(root))), path) for path in paths
    ]
    files = [
        (name, file_types.kind_of_file(path), partial(read_bytes, path))
        for name, path in named
        if not file_types.is_hidden(name)
    ]
    return _sorted(str(root), files, [])


def _sorted(
    where: str,
    files: Iterable[tuple[str, FileKind | None, Callable[[], bytes]]],
    others: Iterable[str],
) -> LabelledPictures:
    pictures, unknown, above, others = [], Counter[str](), set(), list(others)
    for name, kind, read in files:
        path = PurePosixPath(name)
        if kind is not FileKind.PICTURE:
            others.append(name)
            continue
        folders = path.parts[:-1]
        at = next(
            (i for i in reversed(range(len(folders))) if class_of(folders[i]) is not None), -1
        )
        if at < 0:
            unknown[folders[-1] if folders else _LOOSE] += 1
            continue
        above |= {*folders[:at]}
        label = class_of(folders[at])
        assert label is not None
        pictures.append(LabelledPicture(name, label, read))
    layout.refuse_parts(where, above)
    if not pictures:
        found = f" Folders found: {', '.join(unknown)}." if unknown else ""
        if {*unknown} == {_LOOSE}:
            found = " Its pictures lie in no folder."
        raise DataError(
            f"{where} has no picture in a folder named as a class. Make one folder a class: "
            f"{', '.join(CLASS_NAMES)}.{found}"
        )
    pictures.sort(key=lambda picture: (picture.label, picture.name))
    return LabelledPictures(tuple(pictures), dict(sorted(unknown.items())), tuple(sorted(others)))
