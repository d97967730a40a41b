"""Finds pictures, archives and videos among paths, one after another.

Folders are walked as they are read and archives opened one at a time, so memory does not
grow with the number of files. What is left out is counted and named in a `LeftOut`.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path

from fer_core.errors import FerError, ImageError
from fer_core.formats import counted
from fer_core.inference import file_types
from fer_core.inference.file_types import FileKind
from fer_core.inference.pictures.decode import Decoded, read_bytes
from fer_core.inference.pictures.zip_file import COMMAND_LIMITS, PictureArchive


class Kind(StrEnum):
    """What an input is taken for."""

    PICTURE = "picture"
    VIDEO = "video"
    ARCHIVE = "archive"  # as a whole, where it is not opened
    BROKEN = "broken"  # an archive or folder that cannot be opened, or a file of a refused kind


@dataclass(frozen=True)
class Input:
    """One picture or video.

    `read` gives the file's bytes or raises ImageError; that of a broken one always does. It is to
    be called before the next input is asked for.
    """

    kind: Kind  # by its first bytes or its name; what is in it shows when it is read
    name: str  # as results call it, safe to print
    stem: Path  # of its annotated copy, with the folders below the one that was named
    path: Path | None  # of a video's file; None of one in an archive
    read: Callable[[], bytes]
    pixels: Callable[[], Decoded] | None = None  # instead, of a picture that is no file


@dataclass
class LeftOut:
    """What was found and not taken."""

    others: list[str] = field(default_factory=list)  # files of other kinds
    links: list[str] = field(default_factory=list)  # links to folders
    empty: list[str] = field(default_factory=list)  # named folders in which nothing was found
    hidden: int = 0  # hidden files and folders, and files of operating systems
    guessed: dict[str, str] = field(default_factory=dict)  # encoding of names, by archive

    def sentences(self) -> Iterator[str]:
        """What to say of it, a sentence each."""
        for folder in self.empty:
            yield f"{folder} holds no picture, video or ZIP."
        if self.others:
            yield (
                f"Left out, as they are no pictures, videos or ZIPs: "
                f"{counted(len(self.others), 'file')} ({file_types.listed(self.others)})."
            )
        if self.links:
            yield (
                f"Left out, as links to folders are not followed: {file_types.listed(self.links)}. "
                "Name them to read them."
            )
        if self.hidden:
            yield f"Left out: {counted(self.hidden, 'hidden file')}."
        for name, encoding in self.guessed.items():
            yield (
                f"{name} does not say how its names are written; they were read as {encoding}. If "
                "they look wrong, choose another by --zip-encoding, as big5, cp949 or cp1252."
            )


def find_inputs(
    paths: Sequence[Path],
    leave_out: Path | None = None,
    *,
    left_out: LeftOut | None = None,
    zip_encoding: str | None = None,
    open_archives: bool = True,
) -> Iterator[Input]:
    """Every picture and video, in the order of `paths`; a folder's files by name.

    Args:
        paths: of files, folders and ZIPs. A file that is named is read whatever its ending, but
            for those of `file_types.REFUSED_SUFFIXES`.
        leave_out: a folder where results are written, which is not read.
        left_out: gets what is not taken: files of other kinds, hidden ones, links to folders.
        zip_encoding: of the names in ZIPs that do not say it; None to guess.
        open_archives: whether a ZIP's members are found, or the ZIP itself.
    """
    notes = LeftOut() if left_out is None else left_out
    results = leave_out.resolve() if leave_out is not None else None
    finder = _Finder(notes, zip_encoding, results, open_archives)
    for path in paths:
        if path.is_dir():
            yield from finder.of_folder(path)
        else:
            kind = file_types.kind_of_file(path) or FileKind.PICTURE
            yield from finder.of_file(path, kind, Path(path.stem or "image"))


def archive_inputs(
    path: Path, name: str, left_out: LeftOut, zip_encoding: str | None = None
) -> Iterator[Input]:
    """Every picture and video in a ZIP that results call `name`."""
    return _Finder(left_out, zip_encoding, None).of_archive(path, name, Path(path.stem or "image"))


@dataclass(frozen=True)
class _Finder:
    notes: LeftOut
    zip_encoding: str | None
    results: Path | None
    open_archives: bool = True

    def of_folder(self, root: Path) -> Iterator[Input]:
        errors: list[OSError] = []
        found = False
        for folder, folders, files in os.walk(root, onerror=errors.append):
            at = Path(folder)
            folders[:] = [name for name in sorted(folders) if self._is_entered(at / name)]
            for name in sorted(files):
                path = at / name
                if file_types.is_hidden(name):
                    self.notes.hidden += 1
                    continue
                kind = file_types.kind_of_file(path)
                if kind is None and file_types.refused(name) is None:
                    self.notes.others.append(file_types.printable_path(path))
                    continue
                found = True
                inside = path.relative_to(root)
                stem = inside.parent / inside.stem
                yield from self.of_file(path, kind or FileKind.PICTURE, stem)
        for error in errors:
            found = True
            name = file_types.printable_path(Path(error.filename))
            reason = f"{name} cannot be opened: {(error.strerror or 'no reason given').lower()}."
            yield _broken(Path(error.filename), name, ImageError(reason))
        if not found:
            self.notes.empty.append(file_types.printable_path(root))

    def of_file(self, path: Path, kind: FileKind, stem: Path) -> Iterator[Input]:
        name = file_types.printable_path(path)
        refusal = file_types.refused(path.name)
        if kind is FileKind.ARCHIVE and self.open_archives:
            yield from self.of_archive(path, name, stem)
        elif kind is FileKind.ARCHIVE:
            yield Input(Kind.ARCHIVE, name, stem, path, lambda: b"")
        elif refusal is not None and path.exists():
            yield _broken(path, name, ImageError(f"{name} {refusal}"))
        elif kind is FileKind.VIDEO:
            yield Input(Kind.VIDEO, name, stem, path, lambda: b"")
        else:
            yield Input(Kind.PICTURE, name, stem, path, lambda: read_bytes(path))

    def of_archive(self, path: Path, name: str, stem: Path) -> Iterator[Input]:
        try:
            archive = PictureArchive(path, name, COMMAND_LIMITS, self.zip_encoding)
        except FerError as exc:
            yield _broken(path, name, exc)
            return
        with archive:
            self.notes.hidden += archive.hidden
            self.notes.others += [f"{name}/{other}" for other in archive.others]
            if archive.guessed is not None:
                self.notes.guessed[name] = archive.guessed
            for key, member in archive.members():
                inner = stem / _inside(archive.path(key))
                kind = Kind.VIDEO if archive.kind(key) is FileKind.VIDEO else Kind.PICTURE
                yield Input(kind, member, inner, None, partial(archive.read, key))

    def _is_entered(self, folder: Path) -> bool:
        if file_types.is_hidden(folder.name):
            self.notes.hidden += 1
            return False
        if folder.is_symlink():
            self.notes.links.append(file_types.printable_path(folder))
            return False
        return folder.resolve() != self.results


def _broken(path: Path, name: str, error: FerError) -> Input:
    def refuse() -> bytes:
        raise error

    return Input(Kind.BROKEN, name, Path(path.stem or "image"), None, refuse)


def _inside(member: str) -> Path:
    """A member's path below its archive, without its ending and without what leads out."""
    parts = [part for part in Path(member).parts if part not in ("..", "/") and ":" not in part]
    return Path(*parts[:-1], Path(parts[-1]).stem) if parts else Path("image")
