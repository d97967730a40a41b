"""Unpacks a ZIP of the data set without trusting it.

Everything that the archive says of itself is checked before a byte is decoded, only
images are written, and each to a place made from its split, class and plain name.
"""

import lzma
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Final

from fer_core.data.layout import Progress, Sorted, sort_out
from fer_core.errors import DataError

MAX_ARCHIVE_BYTES: Final = 2 * 1024**3
MAX_DIRECTORY_BYTES: Final = 32 * 1024**2
"""Of the archive's table of contents, which is read into memory as a whole."""
MAX_MEMBERS: Final = 200_000
MAX_IMAGE_BYTES: Final = 1024**2
"""Unpacked size of one image; those of the data set have about 2 kB."""
MAX_TOTAL_BYTES: Final = 1024**3
"""Unpacked size of all images."""
MAX_RATIO: Final = 200
"""Unpacked over packed size, for images above `_RATIO_FLOOR`."""

_RATIO_FLOOR = 64 * 1024
_BLOCK = 4096
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    OSError,
)
"""What `zipfile` raises on damaged archives."""


class ArchiveError(DataError):
    """The archive itself is at fault; fetching or choosing another one helps."""


def unpack(zip_path: Path, folder: Path, progress: Progress | None = None) -> Sorted:
    """Unpacks the images of `zip_path` into `folder`.

    Args:
        zip_path: a ZIP file; the data set may lie in a folder inside it.
        folder: an empty folder, filled with `train/<class>/` and `test/<class>/`. After an
            error it holds a part of the images; the caller removes it.
        progress: called with (images written, images in all).

    Returns:
        What was taken and what was passed over.

    Raises:
        ArchiveError: not a ZIP, damaged, encrypted, unsafe, above a limit or lacking a class.
        DataError: larger than the free disk space.
        OSError: the folder cannot be written.
    """
    _check_file(zip_path)
    try:
        archive = zipfile.ZipFile(zip_path)
    except _DAMAGE as exc:
        raise _damaged(zip_path) from exc
    with archive:
        if len(archive.infolist()) > MAX_MEMBERS:
            raise _too_many(zip_path.name)
        for info in archive.infolist():
            _check_name(info)
        members = [info for info in archive.infolist() if not info.is_dir()]
        names = {info.filename.replace("\\", "/"): info for info in members}
        try:
            contents = sort_out(names)
        except DataError as exc:
            raise ArchiveError(str(exc)) from exc
        chosen = {names[name]: place for name, place in contents.taken.items()}
        _check_sizes(chosen)
        _check_space(chosen, folder)
        for place in {place.rsplit("/", 1)[0] for place in chosen.values()}:
            (folder / place).mkdir(parents=True, exist_ok=True)
        for done, (info, place) in enumerate(chosen.items(), 1):
            (folder / place).write_bytes(_read(archive, info, zip_path))
            if progress is not None and (done % 100 == 0 or done == len(chosen)):
                progress(done, len(chosen))
    return contents


def _check_file(zip_path: Path) -> None:
    """Checks what can be told from the file's end, without parsing its table of contents."""
    try:
        size = zip_path.stat().st_size
        if not zip_path.is_file():
            raise ArchiveError(f"'{zip_path.name}' is not a file. Give the ZIP of the data set.")
        with zip_path.open("rb") as file:
            file.seek(max(0, size - 65_557))
            tail = file.read()
    except FileNotFoundError as exc:
        raise ArchiveError(
            f"There is no file '{zip_path.name}'. Check its name and folder."
        ) from exc
    except OSError as exc:
        raise ArchiveError(f"'{zip_path.name}' cannot be read: {exc.strerror}.") from exc
    if size > MAX_ARCHIVE_BYTES:
        raise ArchiveError(
            f"'{zip_path.name}' has {size / 1e9:.1f} GB; the data set has 0.07 GB and at most "
            f"{MAX_ARCHIVE_BYTES / 1e9:.1f} GB are accepted. Check that it is the right file."
        )
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        raise _damaged(zip_path)
    members, directory = struct.unpack_from("<HL", tail, end + 10)
    # A real size beyond four bytes stands elsewhere (ZIP64) and is over the limit anyway.
    if directory > MAX_DIRECTORY_BYTES or (members != 0xFFFF and members > MAX_MEMBERS):
        raise _too_many(zip_path.name)


def _check_name(info: zipfile.ZipInfo) -> None:
    name = info.filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    mode = stat.S_IFMT(info.external_attr >> 16)
    if name.startswith("/") or ".." in parts or (parts and ":" in parts[0]) or "\0" in name:
        raise ArchiveError(
            f"The ZIP is unsafe: its member {name!r} points outside. Nothing was kept."
        )
    if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveError(
            f"The ZIP is unsafe: its member {name!r} is a link or a device. Nothing was kept."
        )
    if info.flag_bits & 0x1:
        raise ArchiveError(
            "The ZIP is encrypted. Unpack it with its password, then use `--dir` with the folder."
        )


def _check_sizes(infos: Iterable[zipfile.ZipInfo]) -> None:
    infos = list(infos)
    for info in infos:
        if info.file_size > MAX_IMAGE_BYTES:
            raise ArchiveError(
                f"The ZIP is unsafe: {info.filename!r} would take {info.file_size / 1e6:,.1f} MB, "
                f"and an image may take {MAX_IMAGE_BYTES / 1e6:.1f} MB. Nothing was kept."
            )
        ratio = info.file_size / max(info.compress_size, 1)
        if info.file_size > _RATIO_FLOOR and ratio > MAX_RATIO:
            raise ArchiveError(
                f"The ZIP is unsafe: {info.filename!r} would grow {ratio:,.0f} times when unpacked "
                f"(at most {MAX_RATIO} times is accepted). Nothing was kept."
            )
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ArchiveError(
                f"{info.filename!r} is packed by an unusual method ({info.compress_type}). Unpack "
                "the ZIP with another program, then use `--dir` with the folder."
            )
    total = sum(info.file_size for info in infos)
    if total > MAX_TOTAL_BYTES:
        raise ArchiveError(
            f"The ZIP is unsafe: its images would take {total / 1e9:,.1f} GB, and at most "
            f"{MAX_TOTAL_BYTES / 1e9:.1f} GB are accepted. Nothing was kept."
        )


def _check_space(infos: Iterable[zipfile.ZipInfo], folder: Path) -> None:
    needed = sum(-(-info.file_size // _BLOCK) * _BLOCK for info in infos)
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise DataError(
            f"The disk is too full: unpacking needs {needed / 1e6:,.0f} MB and {free / 1e6:,.0f} "
            "MB are free. Free some space and run it again."
        )


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, zip_path: Path) -> bytes:
    try:
        with archive.open(info) as member:
            data = member.read(info.file_size + 1)
    except _DAMAGE as exc:
        raise _damaged(zip_path, info.filename) from exc
    if len(data) != info.file_size:
        raise _damaged(zip_path, info.filename)
    return data


def _damaged(zip_path: Path, member: str = "") -> ArchiveError:
    where = f" (at {member!r})" if member else ""
    return ArchiveError(
        f"'{zip_path.name}' is not a ZIP file, or a truncated or damaged one{where}. "
        "Fetch it again."
    )


def _too_many(name: str) -> ArchiveError:
    return ArchiveError(
        f"'{name}' lists too many files (at most {MAX_MEMBERS:,} are accepted; the data set has "
        "35,887). Check that it is the right file."
    )
