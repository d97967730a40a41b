"""Which files are read as pictures, videos and archives: the one list of the command, of ZIPs, of
the page and of labelled folders.

A file's content decides where it says what the file is, otherwise its name.
"""

import contextlib
import os
import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path, PurePath, PurePosixPath

PICTURE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".mpo", ".png", ".apng", ".webp", ".gif"),
    *(".heic", ".heif", ".hif", ".avif", ".bmp", ".dib", ".tif", ".tiff"),
    *(".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx", ".ppm", ".pgm", ".pbm", ".pnm", ".pfm"),
)
VIDEO_SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2", ".webm", ".mkv", ".avi", ".divx"),
    *(".wmv", ".asf", ".mpg", ".mpeg", ".mpe", ".m2v", ".vob", ".mts", ".m2ts", ".ts"),
    *(".flv", ".ogv"),
)
ARCHIVE_SUFFIXES = (".zip",)

PICTURE_FORMATS = "JPEG, PNG, WebP, HEIC, AVIF, GIF, TIFF, BMP, JPEG 2000 or PNM"
"""For sentences."""

REFUSED_SUFFIXES = {
    **dict.fromkeys(
        (
            *(".dng", ".nef", ".nrw", ".cr2", ".cr3", ".arw", ".sr2", ".srf", ".orf", ".rw2"),
            *(".rwl", ".raf", ".pef", ".srw", ".3fr", ".fff", ".iiq", ".mef", ".mrw", ".erf"),
            *(".kdc", ".dcr", ".x3f", ".gpr"),
        ),
        "is a camera's raw picture",
    ),
    **dict.fromkeys((".psd", ".xcf", ".kra", ".ai"), "is a drawing program's document"),
    **dict.fromkeys((".svg", ".eps", ".wmf", ".emf"), "is a drawing, not a photograph"),
    **dict.fromkeys((".jxl", ".jxr", ".tga", ".exr", ".hdr"), "is a picture of a rare format"),
    **dict.fromkeys((".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz"), "is an archive"),
}
"""What holds pictures and is not read: a sentence each, where other files are only listed."""


class FileKind(StrEnum):
    """What a file is read as."""

    PICTURE = "picture"
    VIDEO = "video"
    ARCHIVE = "archive"


_BY_SUFFIX = {
    **dict.fromkeys(PICTURE_SUFFIXES, FileKind.PICTURE),
    **dict.fromkeys(VIDEO_SUFFIXES, FileKind.VIDEO),
    **dict.fromkeys(ARCHIVE_SUFFIXES, FileKind.ARCHIVE),
}
TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PICTURE_STARTS = (
    *(b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", *TIFF_STARTS),
    *(b"\0\0\0\x0cjP  \r\n", b"\xff\x4f\xff\x51"),
)
_VIDEO_STARTS = (
    *(b"\x1aE\xdf\xa3", b"FLV\1", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
    *(b"\0\0\1\xba", b"\0\0\1\xb3"),
)
PICTURE_BRANDS = (
    *(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"),
    *(b"mif2", b"avif", b"avis"),
)
"""Of HEIC and AVIF, which begin as videos do."""
_SYSTEM_FILES = ("thumbs.db", "desktop.ini", "ehthumbs.db")
_LISTED = 20
_UNSAFE = re.compile("[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What ends a line, steers a terminal or turns the direction of text; joiners, as of Persian words
and of emoji, are none of it."""
HEAD_SIZE = 512
"""Bytes of a file's beginning that `kind_of_content` looks at."""


def kind_of(name: str, head: bytes = b"") -> FileKind | None:
    """What a file is read as, by its first bytes where they are known and say it, else by the
    ending of its `name`; None for what is no picture, video or archive.

    Documents of office programs are ZIPs and raw pictures of cameras TIFFs, so those are told by
    their name, or by their content where the name has no ending.
    """
    suffix = PurePath(name).suffix.lower()
    by_name = _BY_SUFFIX.get(suffix)
    by_content = kind_of_content(head)
    is_shared = by_content is FileKind.ARCHIVE or head.startswith(TIFF_STARTS)
    return by_name if suffix and is_shared else by_content or by_name


def kind_of_file(path: Path) -> FileKind | None:
    """What a file on this machine is read as; by its name where it is no regular one or cannot be
    opened.
    """
    head = b""
    with contextlib.suppress(OSError, ValueError):
        if path.is_file():
            with path.open("rb") as file:
                head = file.read(HEAD_SIZE)
    return kind_of(path.name, head)


def is_hidden(path: str) -> bool:
    """Whether a file, or a folder above it, is hidden or was put there by an operating system."""
    parts = PurePosixPath(path).parts
    system = parts[-1:] and parts[-1].lower() in _SYSTEM_FILES
    return bool(system) or any(
        part == "__MACOSX" or (part.startswith(".") and part != "..") for part in parts
    )


def printable(name: str) -> str:
    """The name without what a terminal or a page would act on."""
    return _UNSAFE.sub("\ufffd", name)


def printable_path(path: PurePath) -> str:
    """The path, likewise, and with what UTF-8 cannot hold replaced."""
    return printable(os.fsencode(path).decode("utf-8", errors="replace"))


def refused(name: str) -> str | None:
    """Why a file that holds pictures is not read, by its name, as the end of a sentence."""
    what = REFUSED_SUFFIXES.get(PurePath(name).suffix.lower())
    if what is None:
        return None
    return f"{what}, which is not read. " + (
        "Unpack it, or make a ZIP." if "archive" in what else "Save it as JPEG or PNG."
    )


def listed(names: Sequence[str]) -> str:
    """The names in a sentence, the first ones of many."""
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def kind_of_content(head: bytes) -> FileKind | None:
    """What the first `HEAD_SIZE` bytes of a file say that it is."""
    if head.startswith(_PICTURE_STARTS) or _is_bitmap(head) or _is_portable(head):
        return FileKind.PICTURE
    if head.startswith(b"RIFF"):
        return {b"WEBP": FileKind.PICTURE, b"AVI ": FileKind.VIDEO}.get(head[8:12])
    if head[4:8] == b"ftyp" and head[8:12] != b"M4A ":
        return FileKind.PICTURE if head[8:12] in PICTURE_BRANDS else FileKind.VIDEO
    if head.startswith(_VIDEO_STARTS) or head[4:8] in (b"moov", b"mdat", b"wide"):
        return FileKind.VIDEO
    # Packets of an MPEG transport stream, which cameras write with four bytes before each.
    if any(
        head[at : at + 1] == head[at + n : at + n + 1] == b"G" for at, n in ((0, 188), (4, 192))
    ):
        return FileKind.VIDEO
    return FileKind.ARCHIVE if head.startswith((b"PK\3\4", b"PK\5\6")) else None


def _is_bitmap(head: bytes) -> bool:
    """Whether it is a BMP file, whose reserved bytes are 0."""
    return head.startswith(b"BM") and head[6:10] == bytes(4)


def _is_portable(head: bytes) -> bool:
    """Whether it is a PNM or PFM file: its kind, then a space or a line's end, then digits or a
    comment.
    """
    return (
        head[:1] == b"P"
        and head[1:2] in (b"1", b"2", b"3", b"4", b"5", b"6", b"f", b"F")
        and head[2:3].isspace()
        and (head[3:4].isdigit() or head[3:4] in (b"#", b"\n", b" "))
    )
