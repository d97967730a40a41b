"""Reads faces and their expressions in pictures, folders and videos.

Model and face detector are loaded at the first call and kept; threads share them.
"""

import os
import threading
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fer_core import paths
from fer_core.errors import FerError, ImageError, VideoError
from fer_core.inference.classifier import Classifier, served_run
from fer_core.inference.detector import DEFAULT_CONFIDENCE, load_detector
from fer_core.inference.file_types import FileKind, kind_of
from fer_core.inference.pictures.decode import decode_image, read_bytes
from fer_core.inference.predictor import Predictor
from fer_core.inference.results import ImageResult
from fer_core.inference.sources import Input, Kind, find_inputs
from fer_core.inference.video import reader
from fer_core.inference.video.file import VideoLimits
from fer_core.reading.faces import Faces, Reading, VideoSample
from fer_core.reading.pixels import array_to_bgr, image_to_bgr

if TYPE_CHECKING:
    from PIL.Image import Image

Picture: TypeAlias = "str | os.PathLike[str] | bytes | NDArray[Any] | Image"
"""One picture: a file's path or bytes, an array, or a Pillow image."""

_ACCEPTED = "a path, bytes, a NumPy array or a Pillow image"


def read(
    picture: Picture,
    *,
    model: str | None = None,
    rgb: bool | None = None,
    min_face: float | None = None,
    min_confidence: float = DEFAULT_CONFIDENCE,
    whole: bool = False,
) -> Faces:
    """Finds every face of a picture and reads its expression.

    Args:
        picture: a file's path or bytes, a Pillow image, or an array: uint8 0-255, uint16, or
            floats of 0-1 or 0-255, gray or with 3 or 4 channels, which may come first.
        model: id of the run to use, as `"tiny"`; the default run if None.
        rgb: of an array with colours, whether they stand as RGB or, by False, as BGR.
        min_face: pixels of the smallest face that is looked for; None for what the picture's size
            allows. Less takes longer.
        min_confidence: least confidence of the face detector, 0.3-1.
        whole: whether the picture is one face, cut out already; none is looked for.

    Returns:
        The faces, the largest first; empty where there is none.

    Raises:
        ImageError: the file cannot be read.
        ValueError: what was given is no picture, or not unambiguously one.
        RunError: there is no such model; the message names those there are.

    Examples:
        >>> import fer_core
        >>> faces = fer_core.read("photo.jpg")
        >>> faces[0].label
        'happy'
        >>> max(faces[0].probabilities, key=faces[0].probabilities.get)
        'happy'
        >>> fer_core.read("photo.jpg", model="tiny", min_face=20)[0].label
        'happy'
    """
    if not 0.3 <= min_confidence <= 1:
        raise ValueError(f"min_confidence must be 0.3 to 1, got {min_confidence}.")
    _check_positive("min_face", min_face)
    predictor = _predictor(model)
    return Faces(_result(predictor, picture, "image", rgb, min_face, min_confidence, whole))


def read_many(
    pictures: "str | os.PathLike[str] | Iterable[Picture]",
    *,
    model: str | None = None,
    rgb: bool | None = None,
    min_face: float | None = None,
    min_confidence: float = DEFAULT_CONFIDENCE,
    whole: bool = False,
) -> Iterator[Reading]:
    """Reads many pictures, in order; one that cannot be read stops nothing.

    Args:
        pictures: a folder, a ZIP, or a sequence of pictures, folders and ZIPs; a folder's and
            a ZIP's pictures come by name.
        model: as of `read`, like all that follow.
        rgb: likewise.
        min_face: likewise.
        min_confidence: likewise.
        whole: likewise.

    Yields:
        The name, the faces, and None or the sentence why it could not be read.

    Raises:
        RunError: there is no such model.

    Examples:
        >>> import fer_core
        >>> for name, faces, error in fer_core.read_many("holiday"):
        ...     print(name, error or [face.label for face in faces])
        holiday/1.png ['happy']
        holiday/2.png holiday/2.png is empty (0 bytes).
    """
    _check_positive("min_face", min_face)
    predictor = _predictor(model)
    several = _several(pictures)

    def readings() -> Iterator[Reading]:
        for name, picture in _each(several):
            try:
                given = picture.read() if isinstance(picture, Input) else picture
                result = _result(predictor, given, name, rgb, min_face, min_confidence, whole)
            except (FerError, ValueError) as exc:
                result = predictor.failed(name, str(exc))
            yield Reading(name, Faces(result), result.error)

    return readings()


def read_video(
    video: "str | os.PathLike[str] | bytes",
    *,
    rate: float = reader.DEFAULT_RATE,
    model: str | None = None,
    min_face: float | None = None,
    min_confidence: float = DEFAULT_CONFIDENCE,
    max_faces: int | None = None,
    smoothing: float = reader.DEFAULT_HALF_LIFE,
) -> Iterator[VideoSample]:
    """Reads a video as a player shows it, sample by sample; faces keep their number.

    Args:
        video: a file's path or bytes.
        rate: samples a second; every frame where the video has fewer.
        model: id of the run to use; the default run if None.
        min_face: pixels of the smallest face that is looked for.
        min_confidence: least confidence of the face detector, 0.3-1.
        max_faces: how many faces of a sample are read, the largest first; all if None.
        smoothing: seconds after which an earlier sample counts half; 0 for none.

    Yields:
        Each sample, with its moment and its faces.

    Raises:
        VideoError: it cannot be read, or not to its end; samples before that are good.
        RunError: there is no such model.

    Examples:
        >>> import fer_core
        >>> for sample in fer_core.read_video("clip.mp4", rate=2):
        ...     print(sample.time_code, [(face.number, face.label) for face in sample.faces])
        0:00:00.000 [(1, 'happy')]
        0:00:00.500 [(1, 'happy')]
    """
    for name, value in (("rate", rate), ("min_face", min_face), ("max_faces", max_faces)):
        _check_positive(name, value)
    source, name = _video_source(video)
    settings = reader.VideoSettings(rate, min_confidence, smoothing, max_faces, min_face)
    samples = reader.read_video(source, name, _predictor(model), settings, limits=VideoLimits())
    return (
        VideoSample(sample.result.seconds or 0.0, Faces(sample.result), sample.frame_bgr)
        for sample in samples
    )


_lock = threading.Lock()
_loaded: dict[tuple[Path, str | None], tuple[Path, int, Predictor]] = {}


def _predictor(model: str | None) -> Predictor:
    """The predictor of a run, loaded once, and again where the run's model is another one."""
    key = paths.runs_dir(), model
    with _lock:
        if key in _loaded:
            file, changed, predictor = _loaded[key]
            if file.exists() and file.stat().st_mtime_ns == changed:
                return predictor
        run = served_run(model)
        classifier = Classifier(run)
        detector = load_detector()
        if detector.note and not _loaded:
            warnings.warn(detector.note, stacklevel=3)
        predictor = Predictor(classifier, detector, unsure_below=run.config.abstain_below or 0.0)
        _loaded[key] = run.onnx_path, run.onnx_path.stat().st_mtime_ns, predictor
        return predictor


def _result(
    predictor: Predictor,
    picture: Any,
    name: str,
    rgb: bool | None,
    min_face: float | None,
    min_confidence: float,
    whole: bool,
) -> ImageResult:
    """What is seen in one picture; raises `ImageError` or `ValueError`."""
    if isinstance(picture, str | os.PathLike):
        name = os.fspath(picture)
        picture = _file(name)
    if isinstance(picture, bytes | bytearray | memoryview):
        data = bytes(picture)
        if whole:
            return predictor.whole_picture(decode_image(data, name), name)
        result = predictor.predict_bytes(
            data, name, min_confidence=min_confidence, min_face=min_face
        )
        if result.error is not None:
            raise ImageError(result.error)
        return result
    frame = _pixels(picture, rgb)
    if whole:
        return predictor.whole_picture(frame, name)
    return predictor.predict(frame, name, min_confidence=min_confidence, min_face=min_face)


def _pixels(picture: Any, rgb: bool | None) -> NDArray[np.uint8]:
    from PIL.Image import Image

    if isinstance(picture, Image):
        return image_to_bgr(picture)
    if hasattr(picture, "__array__"):
        return array_to_bgr(np.asarray(picture), rgb)
    raise ValueError(f"A picture must be {_ACCEPTED}, not {type(picture).__name__}.")


def _file(name: str) -> bytes:
    """Bytes of a picture's file; raises `ImageError` where it is something else."""
    if name.startswith(("http://", "https://")):
        raise ImageError(f"{name} is a web address. Download it and give the file's path.")
    path = Path(name)
    if path.is_dir():
        raise ImageError(f"{name} is a folder. Use fer_core.read_many.")
    if path.is_file():
        if kind_of(path.name) is FileKind.VIDEO:
            raise ImageError(f"{name} is a video. Use fer_core.read_video.")
        if kind_of(path.name) is FileKind.ARCHIVE:
            raise ImageError(f"{name} is an archive. Use fer_core.read_many.")
    return read_bytes(path)


def _several(pictures: Any) -> Iterable[Any]:
    """Pictures, folders and ZIPs, one after another; raises `ValueError` for a single picture."""
    if isinstance(pictures, str | os.PathLike):
        return [pictures]
    is_one = isinstance(pictures, bytes | bytearray | memoryview) or (
        isinstance(pictures, np.ndarray) and pictures.ndim < 4
    )
    if is_one or not isinstance(pictures, Iterable):
        raise ValueError(
            "read_many takes a folder, a ZIP or a sequence of pictures, not "
            f"{type(pictures).__name__}; read takes one picture."
        )
    return pictures


def _each(pictures: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Name and picture of each, one after another; of files, what reads them."""
    for number, picture in enumerate(pictures, start=1):
        if not isinstance(picture, str | os.PathLike):
            yield f"image {number}", picture
            continue
        for source in find_inputs([Path(picture)]):
            # A video is refused with the sentence that one alone gets.
            yield source.name, str(source.path) if source.kind is Kind.VIDEO else source


def _video_source(video: Any) -> tuple[bytes | Path, str]:
    """A video's bytes or path, and its name."""
    if isinstance(video, bytes | bytearray | memoryview):
        return bytes(video), "video"
    if not isinstance(video, str | os.PathLike):
        raise ValueError(f"A video must be a path or bytes, not {type(video).__name__}.")
    name = os.fspath(video)
    if name.startswith(("http://", "https://")):
        raise VideoError(f"{name} is a web address. Download it and give the file's path.")
    if not Path(name).is_file():
        raise VideoError(f"{name} does not exist or is not a file.")
    return Path(name), name


def _check_positive(name: str, value: float | None) -> None:
    if value is not None and not value > 0:
        raise ValueError(f"{name} must be above 0, got {value}.")
