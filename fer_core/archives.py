"""Where a ZIP is refused: size, table of contents, names, encryption, methods, ratios, totals.

What an archive says of itself is checked before anything is unpacked, and what comes out is
held against it. Unpacking the data set and reading pictures both go through here.
"""

import contextlib
import io
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO

from fer_core.errors import DataError

MAX_RATIO = 200
"""Unpacked over packed size, for members above `Limits.ratio_floor`."""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""`zipfile` unpacks other methods (bzip2, LZMA) without any bound on memory."""
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError, OSError),
)
"""What `zipfile` raises on damaged archives."""


class ArchiveError(DataError):
    """A ZIP, or a member of it, is refused."""


@dataclass(frozen=True)
class Limits:
    """How much of an archive is read; sizes in bytes."""

    members: int  # files in it
    directory: int  # its table of contents, which is held in memory as a whole
    member: int  # one file, unpacked
    total: int  # all files, unpacked
    archive: int | None = None  # the archive itself; None for any size
    ratio_floor: int = 2**20  # files below it may grow by any factor


@contextlib.contextmanager
def open_zip(source: bytes | Path, name: str, limits: Limits) -> Iterator[zipfile.ZipFile]:
    """An archive, called `name` in messages, whose size and table of contents are within limits.

    Raises:
        ArchiveError: not there, not a ZIP, damaged, or above a limit.
    """
    with contextlib.ExitStack() as stack:
        try:
            if isinstance(source, bytes):
                file: BinaryIO = io.BytesIO(source)
            elif source.is_file():
                file = stack.enter_context(source.open("rb"))
            else:
                problem = "is not a file" if source.exists() else "does not exist"
                raise ArchiveError(f"{name} {problem}. Check its name and folder.")
            size = file.seek(0, io.SEEK_END)
            if limits.archive is not None and size > limits.archive:
                raise ArchiveError(
                    f"{name} has {size / 1e9:.1f} GB; at most {limits.archive / 1e9:.1f} GB are "
                    "read. Check that it is the right file."
                )
            guard = _Guard(file, limits.directory, size)
            archive = stack.enter_context(zipfile.ZipFile(guard))
            guard.limit = None
        except _TooMuchError:
            raise ArchiveError(
                f"{name} lists too many files; at most {limits.members:,} are read. Check that "
                "it is the right file, or split it."
            ) from None
        except DAMAGE as exc:
            raise damaged(name) from exc
        if len(archive.infolist()) > limits.members:
            raise ArchiveError(
                f"{name} holds {len(archive.infolist()):,} files; at most {limits.members:,} are "
                "read. Check that it is the right file, or split it."
            )
        yield archive


def unsafe(info: zipfile.ZipInfo) -> str | None:
    """Why a member must not be unpacked, as the end of a sentence that begins with its name."""
    path = info.filename.replace("\\", "/")
    parts = PurePosixPath(path).parts
    if path.startswith("/") or ".." in parts or (parts and ":" in parts[0]) or "\0" in path:
        return "is refused: its path points outside the archive."
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is refused: it is a link or a device, not a file."
    if info.flag_bits & 0x1:
        return "is encrypted. Make a ZIP without a password."
    return None


def too_large(info: zipfile.ZipInfo, limits: Limits) -> str | None:
    """Why a member is too large to be unpacked, as `unsafe`."""
    if info.compress_type not in _METHODS:
        return (
            "is refused: it is packed by an unusual method. Make the ZIP with the ordinary one "
            "(deflate)."
        )
    if info.file_size > limits.member:
        return (
            f"has {info.file_size / 2**20:,.1f} MB; at most {limits.member / 2**20:,.1f} MB are "
            "read. Make it smaller and try again."
        )
    ratio = info.file_size / max(info.compress_size, 1)
    if info.file_size > limits.ratio_floor and ratio > MAX_RATIO:
        return (
            f"is refused: it would grow {ratio:,.0f} times when unpacked; at most {MAX_RATIO} "
            "times is read."
        )
    return None


def check_total(infos: Iterable[zipfile.ZipInfo], name: str, limits: Limits) -> None:
    """Raises `ArchiveError` if the members together are too large."""
    total = sum(info.file_size for info in infos)
    if total > limits.total:
        raise ArchiveError(
            f"{name} would grow to {total / 2**30:,.1f} GB; at most {limits.total / 2**30:,.1f} "
            "GB are read. Split it."
        )


def open_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    """A member, to be read piece by piece; raises one of `DAMAGE`."""
    if info.compress_type not in _METHODS:
        raise NotImplementedError(f"method {info.compress_type}")
    return archive.open(info)


def read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> bytes:
    """A member's bytes, no more than it announced; `name` is how messages call it.

    Raises:
        ArchiveError: it is damaged, or longer or shorter than announced.
    """
    try:
        with open_member(archive, info) as member:
            data = member.read(info.file_size + 1)
    except DAMAGE as exc:
        raise damaged(name) from exc
    if len(data) != info.file_size:
        raise damaged(name)
    return data


def head(archive: zipfile.ZipFile, info: zipfile.ZipInfo, size: int) -> bytes:
    """The first bytes of a member; raises `ArchiveError` where it is damaged."""
    try:
        with open_member(archive, info) as member:
            return member.read(size)
    except DAMAGE as exc:
        raise damaged(info.filename) from exc


class _TooMuchError(Exception):
    """The table of contents is larger than allowed."""


class _Guard:
    """A file of which no more than `limit` bytes can be read at once.

    `zipfile` reads the table of contents in one piece. Its size stands in the archive's last
    record or, for ZIP64, in another one: here it does not matter which is believed.
    """

    def __init__(self, file: BinaryIO, limit: int, size: int) -> None:
        self.limit: int | None = limit
        self._file = file
        self._size = size

    def read(self, size: int = -1) -> bytes:
        if self.limit is not None:
            rest = max(self._size - self._file.tell(), 0)
            if (rest if size < 0 else size) > self.limit:
                raise _TooMuchError
        return self._file.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def damaged(name: str) -> ArchiveError:
    """What is said of an archive from which reading raised one of `DAMAGE`."""
    return ArchiveError(
        f"{name} is not a ZIP archive, or it is truncated or damaged. Make or download it again."
    )
