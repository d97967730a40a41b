"""Annotated copies of what was read, in a folder."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

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

    def add_picture(self, stem: Path, frame_bgr: NDArray[uint8], result: ImageResult) -> None:
        """Writes a picture, uint8 (h, w, 3), BGR, with its faces drawn as PNG.

        `stem` is its name without ending, with folders below this one.
        """
        from fer_core.images import png
        from fer_core.inference.drawing import annotate

        target = self._target(stem, ".png")
        with _writing(target):
            write_bytes(target, png(annotate(frame_bgr, result)[..., ::-1]))

    def video(self, stem: Path, rate: float) -> "AnnotatedVideo":
        """A video of the annotated samples, `rate` a second."""
        return AnnotatedVideo(self._target(stem, ".mp4"), rate)

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


class AnnotatedVideo:
    """An MP4 of `rate` samples a second, written one by one, to be used in a `with` statement.

    It gets its name at the end; of one that fails or has no samples nothing is left.
    """

    def __init__(self, path: Path, rate: float) -> None:
        self._path = path
        self._temporary = path.with_name(f".{path.name}.part")
        self._rate = rate
        self._container: Any = None
        self._stream: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._container is None:
            return
        try:
            with _writing(self._path):
                if kind is None:
                    self._container.mux(self._stream.encode())
                self._container.close()
                if kind is None:
                    self._temporary.replace(self._path)
        finally:
            self._temporary.unlink(missing_ok=True)

    def add(self, frame_bgr: NDArray[uint8], result: ImageResult) -> None:
        """Draws and writes one sample, uint8 (h, w, 3), BGR, fitted to the size of the first."""
        import av

        from fer_core.inference.drawing import annotate

        drawn = annotate(frame_bgr, result)
        with _writing(self._path):
            if self._container is None:
                self._open(*drawn.shape[:2])
            frame = av.VideoFrame.from_ndarray(drawn, format="bgr24")
            frame = frame.reformat(self._stream.width, self._stream.height, "yuv420p")
            self._container.mux(self._stream.encode(frame))

    def _open(self, height: int, width: int) -> None:
        import av

        self._container = av.open(str(self._temporary), "w", format="mp4")
        rate = Fraction(self._rate).limit_denominator(100)
        self._stream = self._container.add_stream("libx264", rate=rate)
        # H.264 halves the colour planes, so both sides are even.
        self._stream.width, self._stream.height = width + width % 2, height + height % 2
        self._stream.pix_fmt = "yuv420p"


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
