"""Annotated copies of what was read, in a folder."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from numpy import uint8
from numpy.typing import NDArray

from fer_core.errors import FerError
from fer_core.files import write_bytes
from fer_core.inference.results import ImageResult


class AnnotatedFolder:
    """Gives each annotated copy a unique name that none of the `inputs`, files and folders, has.

    All that cannot be made or written here raises `FerError`.
    """

    def __init__(self, folder: Path, inputs: Sequence[Path]) -> None:
        self._folder = folder
        self._inputs = {path.resolve() for path in inputs}
        self._written: set[int] = set()
        _make(folder)

    def add_picture(self, stem: Path, drawn: bytes) -> None:
        """Writes a picture's copy, a PNG; `stem` is its name without ending, with folders below
        this one.
        """
        target = self._target(stem, ".png")
        with _writing(target):
            write_bytes(target, drawn)

    def video(self, stem: Path, rate: float) -> "VideoCopy":
        """A video of the annotated samples, `rate` a second."""
        return VideoCopy(self._target(stem, ".mp4"), rate)

    def _target(self, stem: Path, ending: str) -> Path:
        parent = self._folder / stem.parent
        _make(parent)
        number = 1
        while True:
            target = parent / f"{stem.name[:80]}-faces{'' if number == 1 else f'-{number}'}{ending}"
            place = hash(target.resolve())
            if place not in self._written and not self._is_input(target.resolve()):
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
                path in target.parents and path not in self._folder.resolve().parents
                for path in self._inputs
            )
        )


class VideoCopy:
    """An MP4 of `rate` samples a second, written one by one, to be used in a `with` statement.

    It gets its name at the end; of one that fails or has no samples nothing is left.
    """

    def __init__(self, path: Path, rate: float) -> None:
        from fer_core.inference.video.annotated import AnnotatedVideo

        self._path = path
        self._temporary = path.with_name(f".{path.name}.part")
        self._video = AnnotatedVideo(str(self._temporary), rate)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._video.is_empty:
            return
        try:
            with _writing(self._path):
                self._video.close()
                if kind is None:
                    self._temporary.replace(self._path)
        finally:
            self._temporary.unlink(missing_ok=True)

    def add(self, frame_bgr: NDArray[uint8], result: ImageResult) -> None:
        """Draws and writes one sample, uint8 (h, w, 3), BGR, fitted to the size of the first."""
        with _writing(self._path):
            self._video.add(frame_bgr, result)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise FerError(f"{path} cannot be written: {exc.strerror}.") from exc


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise FerError(f"{folder} cannot be made into a folder: {exc.strerror}.") from exc
