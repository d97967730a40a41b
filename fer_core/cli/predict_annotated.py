"""Annotated copies of what was read, in a folder."""

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Self

from numpy import uint8
from numpy.typing import NDArray

from fer_core import files
from fer_core.errors import FerError
from fer_core.inference.file_types import printable_path
from fer_core.inference.results import ImageResult

_MAX_NAME = 120
"""Bytes of a name, of which disks allow 255, encrypted ones 143: what is added needs some too."""


class AnnotatedFolder:
    """Gives each annotated copy a unique name that none of the `inputs`, files and folders, has.

    A copy that cannot be written is told by `say` and counted in `failed`, and the others are
    written; a folder that cannot be made, and a full disk, raise `FerError`.
    """

    def __init__(self, folder: Path, inputs: Sequence[Path], say: Callable[[str], object]) -> None:
        self.failed = 0
        self._folder = folder
        self._inputs = set(map(_real, inputs))
        self._say = say
        self._written: set[int] = set()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise FerError(f"{folder} cannot be made into a folder: {exc.strerror}.") from exc

    def add_picture(self, stem: Path, drawn: bytes) -> None:
        """Writes a picture's copy, a PNG; `stem` is its name without ending, with folders below
        this one.
        """
        with self._writing(stem):
            files.write_bytes(self._target(stem, ".png"), drawn)

    def video(self, stem: Path, rate: float) -> "VideoCopy | None":
        """A video of the annotated samples, `rate` a second; None where there can be none."""
        path = None
        with self._writing(stem):
            path = self._target(stem, ".mp4")
        return VideoCopy(path, rate, partial(self._writing, stem)) if path else None

    @contextmanager
    def _writing(self, stem: Path) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            if exc.errno in (errno.ENOSPC, errno.EDQUOT):
                raise FerError(files.explain(exc)) from exc
            self.failed += 1
            copy = printable_path(self._folder / stem)
            self._say(f"The copy {copy} cannot be written: {exc.strerror}.")

    def _target(self, stem: Path, ending: str) -> Path:
        *folders, last = map(_shortened, stem.parts)
        parent = self._folder.joinpath(*folders)
        parent.mkdir(parents=True, exist_ok=True)
        number = 1
        while True:
            target = parent / f"{last}-faces{'' if number == 1 else f'-{number}'}{ending}"
            place = hash(_real(target))
            if place not in self._written and not self._is_input(_real(target)):
                self._written.add(place)
                return target
            number += 1

    def _is_input(self, target: Path) -> bool:
        """Whether writing `target` could destroy what is read.

        A folder inside one that is read is left out of reading when it is the output.
        """
        return target in self._inputs or (
            target.exists()
            and any(
                path in target.parents and path not in _real(self._folder).parents
                for path in self._inputs
            )
        )


class VideoCopy:
    """An MP4 of `rate` samples a second, written one by one, to be used in a `with` statement.

    It gets its name at the end; of one that fails or has no samples nothing is left. What the disk
    refuses is raised within `writing`; nothing more is written then.
    """

    def __init__(
        self, path: Path, rate: float, writing: Callable[[], AbstractContextManager[None]]
    ) -> None:
        from fer_core.inference.video.annotated import AnnotatedVideo

        self._path = path
        self._temporary = path.with_name(f".{path.name}.part")
        self._video = AnnotatedVideo(str(self._temporary), rate)
        self._writing = writing
        self._failed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._video.is_empty:
            return
        try:
            with suppress(OSError) if self._failed else self._writing():
                self._video.close()
                if kind is None and not self._failed:
                    self._temporary.replace(self._path)
        finally:
            with suppress(OSError):
                self._temporary.unlink(missing_ok=True)

    def add(self, frame_bgr: NDArray[uint8], result: ImageResult) -> None:
        """Draws and writes one sample, uint8 (h, w, 3), BGR, fitted to the size of the first."""
        if self._failed:
            return
        self._failed = True
        with self._writing():
            self._video.add(frame_bgr, result)
            self._failed = False


def _real(path: Path) -> Path:
    """Without links; as it is where they lead nowhere."""
    return Path(os.path.realpath(path))


def _shortened(name: str) -> str:
    while len(os.fsencode(name)) > _MAX_NAME:
        name = name[:-1]
    return name
