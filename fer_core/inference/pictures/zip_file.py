"""Pictures in a ZIP, read one at a time without unpacking it to disk.

`fer_core.archives` refuses bad archives; a bad member is refused by itself, with its reason.
"""

import contextlib
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Self

from fer_core import archives, formats
from fer_core.archives import ArchiveError, Limits
from fer_core.errors import ImageError
from fer_core.inference import file_types
from fer_core.inference.file_types import FileKind
from fer_core.inference.pictures import zip_names
from fer_core.inference.pictures.decode import MAX_BYTES

VISITOR_LIMITS = Limits(members=1_000, directory=2**20, member=MAX_BYTES, total=2**30)
"""For the dashboard."""
COMMAND_LIMITS = Limits(members=200_000, directory=32 * 2**20, member=MAX_BYTES, total=64 * 2**30)
"""For the command line, on the user's own machine."""

MAX_VIDEO_BYTES = 500 * 2**20
"""Of a video, which is held in memory while it is read."""


class PictureArchive:
    """A ZIP of pictures, as bytes or a file, to be used in a `with` statement; for one thread at a
    time. Messages call it `name`; its names are in `encoding` where they do not say that they are
    UTF-8, None to guess it.

    Attributes:
        guessed: the encoding that was guessed; None where there was nothing to guess.
        others: paths of the members that are no picture, video or archive.
        hidden: how many hidden files and files of operating systems it holds.

    Raises:
        ImageError: not a ZIP, damaged, empty, or above a limit as a whole; or an encoding that is
            not known.
    """

    def __init__(
        self,
        source: bytes | Path,
        name: str,
        limits: Limits = VISITOR_LIMITS,
        encoding: str | None = None,
    ) -> None:
        self.name = name
        self._limits = limits
        with contextlib.ExitStack() as stack:
            try:
                self._zip = stack.enter_context(archives.open_zip(source, name, limits))
                infos = [info for info in self._zip.infolist() if not info.is_dir()]
                archives.check_total(infos, name, limits)
            except ArchiveError as exc:
                raise ImageError(str(exc)) from exc
            paths, self.guessed = zip_names.names(infos, encoding)
            found = [
                (info, path.replace("\\", "/"))
                for info, path in zip(infos, paths, strict=True)
                if not path.endswith("\\")
            ]
            shown = [(i, path) for i, path in found if not file_types.is_hidden(path)]
            self.hidden = len(found) - len(shown)
            kinds = [self._kind_of(info, path) for info, path in shown]
            self.others = [
                file_types.printable(path)
                for (_, path), kind in zip(shown, kinds, strict=True)
                if kind is None
            ]
            self._members: dict[str, tuple[zipfile.ZipInfo, str, FileKind]] = {}
            met = Counter[str]()
            for (info, path), kind in zip(shown, kinds, strict=True):
                if kind is not None:
                    met[path] += 1  # a ZIP may hold several files of one name
                    own = path if met[path] == 1 else f"{path} ({met[path]})"
                    self._members[f"{len(self._members)}"] = info, own, kind
            if not self._members:
                raise ImageError(self._nothing())
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def __len__(self) -> int:
        return len(self._members)

    def members(self) -> Iterator[tuple[str, str]]:
        """Key and name, as `holiday.zip/beach/1.jpg`, of each member in the archive's order."""
        for key in self._members:
            yield key, self._name(key)

    def kind(self, key: str) -> FileKind:
        """What the member is read as; an archive in an archive is not read."""
        return self._members[key][2]

    def path(self, key: str) -> str:
        """The whole path of the member in the archive, safe to print."""
        return file_types.printable(self._members[key][1])

    def read(self, key: str) -> bytes:
        """The bytes of the member with this key of `members`; raises `ImageError`, one sentence
        that begins with the member's name.
        """
        info, _, kind = self._members[key]
        limits = self._limits
        if kind is FileKind.VIDEO and limits is COMMAND_LIMITS:
            limits = replace(limits, member=MAX_VIDEO_BYTES)
        reason = archives.unsafe(info) or archives.too_large(info, limits)
        if kind is FileKind.ARCHIVE:
            reason = "is a ZIP in a ZIP, which is not read. Unpack the outer one first."
        reason = file_types.refused(info.filename) or reason
        if reason is not None:
            raise ImageError(f"{self._name(key)} {reason}")
        try:
            return archives.read(self._zip, info, self._name(key))
        except ArchiveError as exc:
            raise ImageError(
                f"{self._name(key)} is damaged in the archive. Make the ZIP again."
            ) from exc

    def _kind_of(self, info: zipfile.ZipInfo, path: str) -> FileKind | None:
        """By the name, and where it says nothing by the content, of what may be unpacked."""
        kind = file_types.kind_of(path)
        if file_types.refused(path) or archives.unsafe(info) is not None:
            return kind or FileKind.PICTURE  # whose reading tells why not
        if kind is not None or archives.too_large(info, self._limits) is not None:
            return kind
        with contextlib.suppress(ArchiveError):
            return file_types.kind_of(path, archives.head(self._zip, info, file_types.HEAD_SIZE))
        return None

    def _nothing(self) -> str:
        if not self.others:
            return f"{self.name} is an empty ZIP archive. Put pictures into it."
        count = formats.counted(len(self.others), "file")
        return (
            f"{self.name} holds no picture or video, only {count} of other kinds "
            f"({file_types.listed(self.others)}). Put pictures into it."
        )

    def _name(self, key: str) -> str:
        """The member's name without what a terminal or a page would act on."""
        text = self.path(key)
        return f"{self.name}/{text if len(text) <= 120 else f'{text[:50]}…{text[-60:]}'}"
