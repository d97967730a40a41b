"""Reads pictures out of a ZIP without trusting it and without unpacking it.

Nothing is written to disk: members are read one at a time, so memory does not grow with
their number. What the archive says of itself is checked before anything is decoded; a
member at fault is refused by itself, with its reason.
"""

import contextlib
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO, Self

from fer_core.errors import ImageError
from fer_core.inference.pictures.decode import MAX_BYTES

MAX_RATIO = 200
"""Unpacked over packed size, for members above `_RATIO_FLOOR`; photographs do not shrink."""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""`zipfile` unpacks what is packed by others (bzip2, LZMA) without any bound on memory,
whatever size the archive states."""
_RATIO_FLOOR = 2**20
_TAIL = 65_557
_SYSTEM = ("__MACOSX/", "Thumbs.db", "desktop.ini", ".DS_Store")
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    OSError,
)
"""What `zipfile` raises on damaged archives."""


@dataclass(frozen=True)
class ArchiveLimits:
    """How much of an archive is read.

    Attributes:
        members: files in it.
        directory_bytes: of its table of contents, which is held in memory as a whole.
        total_bytes: of all members, unpacked.
    """

    members: int
    directory_bytes: int
    total_bytes: int


VISITOR_LIMITS = ArchiveLimits(1_000, 2**20, 2**30)
"""For the dashboard."""
COMMAND_LIMITS = ArchiveLimits(200_000, 32 * 2**20, 64 * 2**30)
"""For the owner of the machine."""


class PictureArchive:
    """A ZIP of pictures, to be used in a `with` statement; for one thread at a time.

    Args:
        source: the archive's bytes, or where it lies.
        name: how messages call it.
        limits: how much is read.

    Raises:
        ImageError: not a ZIP, damaged, or above a limit as a whole.
    """

    def __init__(
        self, source: bytes | Path, name: str, limits: ArchiveLimits = VISITOR_LIMITS
    ) -> None:
        self.name = name
        try:
            with contextlib.ExitStack() as stack:
                file: BinaryIO = (
                    stack.enter_context(source.open("rb"))
                    if isinstance(source, Path)
                    else io.BytesIO(source)
                )
                _check_directory(file, name, limits)
                self._zip = stack.enter_context(zipfile.ZipFile(file))
                infos = [info for info in self._zip.infolist() if not _is_passed_over(info)]
                _check_totals(infos, name, limits)
                self._members = {f"{number}": info for number, info in enumerate(infos)}
                self._stack = stack.pop_all()
        except FileNotFoundError as exc:
            raise ImageError(f"{name} does not exist.") from exc
        except _DAMAGE as exc:
            raise ImageError(_damaged(name)) from exc

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def __len__(self) -> int:
        return len(self._members)

    def members(self) -> Iterator[tuple[str, str]]:
        """Key and name, as `holiday.zip/beach/1.jpg`, of each member in the archive's order."""
        for key, info in self._members.items():
            yield key, f"{self.name}/{_plain_name(info)}"

    def read(self, key: str) -> bytes:
        """One member's bytes.

        Args:
            key: as `members` gives it.

        Raises:
            ImageError: one sentence that begins with the member's name.
        """
        info = self._members[key]
        name = f"{self.name}/{_plain_name(info)}"
        _check_member(info, name)
        try:
            with self._zip.open(info) as member:
                data = member.read(info.file_size + 1)
        except _DAMAGE as exc:
            raise ImageError(
                f"{name} is damaged in the archive and cannot be read. Make the ZIP again."
            ) from exc
        if len(data) != info.file_size:
            raise ImageError(f"{name} is damaged in the archive. Make the ZIP again.")
        return data


def _check_directory(file: BinaryIO, name: str, limits: ArchiveLimits) -> None:
    """Checks the size of the table of contents before `zipfile` reads it."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    file.seek(0)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        raise ImageError(_damaged(name))
    (directory,) = struct.unpack_from("<L", tail, end + 12)
    # The 64-bit record, where there is one, is what `zipfile` believes.
    at = end - 20 - 56
    if (
        tail[end - 20 : end - 16] == b"PK\x06\x07"
        and at >= 0
        and tail[at : at + 4] == b"PK\x06\x06"
    ):
        (large,) = struct.unpack_from("<Q", tail, at + 40)
        directory = max(large, directory if directory != 0xFFFFFFFF else 0)
    if directory > limits.directory_bytes:
        raise ImageError(
            f"{name} lists too many files; at most {limits.members:,} are read. Split it."
        )


def _check_totals(infos: list[zipfile.ZipInfo], name: str, limits: ArchiveLimits) -> None:
    if len(infos) > limits.members:
        raise ImageError(
            f"{name} holds {len(infos):,} files; at most {limits.members:,} are read. Split it."
        )
    total = sum(info.file_size for info in infos)
    if total > limits.total_bytes:
        raise ImageError(
            f"{name} would grow to {total / 2**30:,.1f} GB; at most "
            f"{limits.total_bytes / 2**30:,.1f} GB are read. Split it."
        )
    if not infos:
        raise ImageError(f"{name} is an empty ZIP archive. Put pictures into it.")


def _check_member(info: zipfile.ZipInfo, name: str) -> None:
    mode = stat.S_IFMT(info.external_attr >> 16)
    path = info.filename.replace("\\", "/")
    parts = PurePosixPath(path).parts
    if path.startswith("/") or ".." in parts or (parts and ":" in parts[0]):
        raise ImageError(f"{name} is refused: its path points outside the archive.")
    if path.lower().endswith(".zip"):
        raise ImageError(
            f"{name} is a ZIP in a ZIP, which is not read. Unpack the outer one first."
        )
    if mode not in (0, stat.S_IFREG):
        raise ImageError(f"{name} is refused: it is a link or a device, not a file.")
    if info.flag_bits & 0x1:
        raise ImageError(f"{name} is encrypted. Make a ZIP without a password.")
    if info.compress_type not in _METHODS:
        raise ImageError(
            f"{name} is refused: it is packed by an unusual method. Make the ZIP with the "
            "ordinary one (deflate)."
        )
    if info.file_size > MAX_BYTES:
        raise ImageError(
            f"{name} has {info.file_size / 2**20:,.0f} MB; at most {MAX_BYTES // 2**20} MB are "
            "read. Make it smaller and try again."
        )
    ratio = info.file_size / max(info.compress_size, 1)
    if info.file_size > _RATIO_FLOOR and ratio > MAX_RATIO:
        raise ImageError(
            f"{name} is refused: it would grow {ratio:,.0f} times when unpacked; at most "
            f"{MAX_RATIO} times is read."
        )


def _is_passed_over(info: zipfile.ZipInfo) -> bool:
    """Folders, and what operating systems add without being asked."""
    path = info.filename.replace("\\", "/")
    last = path.rsplit("/", 1)[-1]
    return info.is_dir() or path.startswith(_SYSTEM[0]) or last in _SYSTEM or last.startswith("._")


def _plain_name(info: zipfile.ZipInfo) -> str:
    """The member's name without what a terminal or a page would act on."""
    text = "".join(c if c.isprintable() else "\ufffd" for c in info.filename)
    return text if len(text) <= 120 else f"{text[:50]}…{text[-60:]}"


def _damaged(name: str) -> str:
    return f"{name} is not a ZIP archive, or a truncated or damaged one. Make or download it again."
