"""Pictures in a ZIP, read one at a time without unpacking it to disk.

`fer_core.archives` refuses bad archives; a bad member is refused by itself, with its reason.
"""

import contextlib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from fer_core import archives
from fer_core.archives import ArchiveError, Limits
from fer_core.errors import ImageError
from fer_core.inference.pictures.decode import MAX_BYTES

VISITOR_LIMITS = Limits(members=1_000, directory=2**20, member=MAX_BYTES, total=2**30)
"""For the dashboard."""
COMMAND_LIMITS = Limits(members=200_000, directory=32 * 2**20, member=MAX_BYTES, total=64 * 2**30)
"""For the command line, on the user's own machine."""

_SYSTEM = ("Thumbs.db", "desktop.ini", ".DS_Store")


class PictureArchive:
    """A ZIP of pictures, as bytes or a file, to be used in a `with` statement; for one thread at a
    time. Messages call it `name`.

    Raises:
        ImageError: not a ZIP, damaged, empty, or above a limit as a whole.
    """

    def __init__(self, source: bytes | Path, name: str, limits: Limits = VISITOR_LIMITS) -> None:
        self.name = name
        self._limits = limits
        with contextlib.ExitStack() as stack:
            try:
                self._zip = stack.enter_context(archives.open_zip(source, name, limits))
                infos = [info for info in self._zip.infolist() if not _is_skipped(info)]
                archives.check_total(infos, name, limits)
            except ArchiveError as exc:
                raise ImageError(str(exc)) from exc
            if not infos:
                raise ImageError(f"{name} is an empty ZIP archive. Put pictures into it.")
            self._members = {f"{number}": info for number, info in enumerate(infos)}
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def __len__(self) -> int:
        return len(self._members)

    def members(self) -> Iterator[tuple[str, str]]:
        """Key and name, as `holiday.zip/beach/1.jpg`, of each member in the archive's order."""
        for key, info in self._members.items():
            yield key, self._name(info)

    def path(self, key: str) -> str:
        """The whole path of the member in the archive, safe to print."""
        return _printable(self._members[key].filename)

    def read(self, key: str) -> bytes:
        """The bytes of the member with this key of `members`; raises `ImageError`, one sentence
        that begins with the member's name.
        """
        info = self._members[key]
        reason = archives.unsafe(info) or archives.too_large(info, self._limits)
        if info.filename.lower().endswith(".zip"):
            reason = "is a ZIP in a ZIP, which is not read. Unpack the outer one first."
        if reason is not None:
            raise ImageError(f"{self._name(info)} {reason}")
        try:
            return archives.read(self._zip, info, self._name(info))
        except ArchiveError as exc:
            raise ImageError(
                f"{self._name(info)} is damaged in the archive. Make the ZIP again."
            ) from exc

    def _name(self, info: zipfile.ZipInfo) -> str:
        """The member's name without what a terminal or a page would act on."""
        text = _printable(info.filename)
        return f"{self.name}/{text if len(text) <= 120 else f'{text[:50]}…{text[-60:]}'}"


def _printable(path: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in path)


def _is_skipped(info: zipfile.ZipInfo) -> bool:
    """Folders, and what operating systems add without being asked."""
    path = info.filename.replace("\\", "/")
    last = path.rsplit("/", 1)[-1]
    return info.is_dir() or path.startswith("__MACOSX/") or last in _SYSTEM or last[:2] == "._"
