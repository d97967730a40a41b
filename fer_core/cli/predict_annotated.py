"""Annotated copies of what was read, in a folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.errors import FerError

if TYPE_CHECKING:
    from numpy import uint8
    from numpy.typing import NDArray

    from fer_core.inference.results import ImageResult


class AnnotatedFolder:
    """Gives each annotated copy a name of its own that is no input's.

    Args:
        folder: made where it does not exist.
        inputs: files and folders that are read.

    Raises:
        FerError: the folder cannot be made.
    """

    def __init__(self, folder: Path, inputs: Sequence[Path]) -> None:
        self._folder = folder
        self._inputs = {path.resolve() for path in inputs}
        self._written: set[int] = set()
        _make(folder)

    def add_picture(self, stem: Path, frame_bgr: "NDArray[uint8]", result: "ImageResult") -> None:
        """Writes a picture with its faces drawn as PNG.

        Args:
            stem: name without ending, with folders below this one.
            frame_bgr: uint8 (h, w, 3), BGR.
            result: made from it.

        Raises:
            FerError: it cannot be written.
        """
        import cv2

        from fer_core.files import write_file
        from fer_core.inference.drawing import annotate

        target = self._target(stem, ".png")
        png = cv2.imencode(".png", annotate(frame_bgr, result))[1].tobytes()

        def write(temporary: Path) -> None:
            temporary.write_bytes(png)

        try:
            write_file(target, write)
        except OSError as exc:
            raise FerError(f"{target} cannot be written: {exc.strerror}.") from exc

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
    """An MP4 that is written sample by sample; nothing is left of one without samples.

    Args:
        path: of the file.
        rate: samples a second.
    """

    def __init__(self, path: Path, rate: float) -> None:
        self._path = path
        self._temporary = path.with_name(f".{path.name}.part")
        self._rate = rate
        self._container: Any = None
        self._stream: Any = None

    def add(self, frame_bgr: "NDArray[uint8]", result: "ImageResult") -> None:
        """Draws and writes one sample.

        Args:
            frame_bgr: uint8 (h, w, 3), BGR; all of one size, or fitted to the first's.
            result: made from it.
        """
        import av

        from fer_core.inference.drawing import annotate

        if self._container is None:
            self._open(frame_bgr)
        frame = av.VideoFrame.from_ndarray(annotate(frame_bgr, result), format="bgr24")
        frame = frame.reformat(self._stream.width, self._stream.height, "yuv420p")
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Ends the file and gives it its name."""
        if self._container is None:
            return
        self._container.mux(self._stream.encode())
        self._container.close()
        self._container = None
        self._temporary.replace(self._path)

    def _open(self, frame_bgr: "NDArray[uint8]") -> None:
        from fractions import Fraction

        import av

        height, width = frame_bgr.shape[:2]
        try:
            self._container = av.open(str(self._temporary), "w", format="mp4")
        except OSError as exc:
            raise FerError(f"{self._path} cannot be written: {exc.strerror}.") from exc
        rate = Fraction(self._rate).limit_denominator(100)
        self._stream = self._container.add_stream("libx264", rate=rate)
        # H.264 halves the colour planes, so both sides are even.
        self._stream.width, self._stream.height = width + width % 2, height + height % 2
        self._stream.pix_fmt = "yuv420p"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise FerError(f"{folder} cannot be made into a folder: {exc.strerror}.") from exc
