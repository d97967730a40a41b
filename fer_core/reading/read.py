"""Reads faces and their expressions in pictures, folders and videos.

Calls from several threads at once share what `fer_core.reading.loaded` keeps.
"""

import math
import os
import warnings
from collections.abc import Iterable, Iterator
from functools import partial
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import ImageError, VideoError
from fer_core.inference.batch import PictureSettings, read_all
from fer_core.inference.detector import DEFAULT_CONFIDENCE
from fer_core.inference.file_types import FileKind, kind_of
from fer_core.inference.over_time import OverTime
from fer_core.inference.pictures.decode import Decoded, read_bytes
from fer_core.inference.predictor import Predictor
from fer_core.inference.results import ImageResult
from fer_core.inference.sources import Input, Kind, LeftOut, find_inputs
from fer_core.inference.video import reader
from fer_core.inference.video.file import VideoLimits
from fer_core.reading import loaded
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
    _check_settings(min_confidence, rgb, min_face=min_face)
    predictor = loaded.predictor(model, whole)
    return Faces(_result(predictor, picture, rgb, min_face, min_confidence))


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
    _check_settings(min_confidence, rgb, min_face=min_face)
    settings = PictureSettings(min_confidence, min_face=min_face)
    predictor = loaded.predictor(model, whole)
    left_out = LeftOut()
    inputs = _inputs(_several(pictures), rgb, left_out)

    def readings() -> Iterator[Reading]:
        for reading in read_all(inputs, predictor, settings):
            name = reading.source.name
            refusal = f"{name} is a video. Use fer_core.read_video."
            result = reading.result or predictor.failed(name, refusal)
            yield Reading(name, Faces(result), result.error)
        left_out.hidden = 0  # as every folder of a Mac has
        for sentence in left_out.sentences():
            warnings.warn(sentence, stacklevel=2)

    return readings()


def read_video(
    video: "str | os.PathLike[str] | bytes",
    *,
    rate: float = reader.DEFAULT_RATE,
    model: str | None = None,
    min_face: float | None = None,
    min_confidence: float = DEFAULT_CONFIDENCE,
    max_faces: int | None = None,
    smoothing: float | None = None,
    over_time: Literal["none", "exponential", "recurrent"] | None = None,
) -> Iterator[VideoSample]:
    """Reads a video as a player shows it, sample by sample; faces keep their number.

    Args:
        video: a file's path or bytes.
        rate: samples a second; every frame where the video has fewer.
        model: id of the run to use; the default run if None.
        min_face: pixels of the smallest face that is looked for.
        min_confidence: least confidence of the face detector, 0.3-1.
        max_faces: how many faces of a sample are read, the largest first; all if None.
        smoothing: of exponential smoothing, which it asks for, seconds after which an earlier
            sample counts half; 0 for none.
        over_time: what is done with the answers to a face over time; `recurrent` is the network
            that `train --preset temporal` trains. If None and without `smoothing`, that one where
            it was better on validation clips, else `exponential`, as in `fer predict`.

    Yields:
        Each sample, with its moment and its faces.

    Raises:
        VideoError: it cannot be read, or not to its end; samples before that are good.
        ValueError: a setting is out of range, or of another type.
        RunError: there is no such model, or no recurrent network for it.

    Examples:
        >>> import fer_core
        >>> for sample in fer_core.read_video("clip.mp4", rate=2):
        ...     print(sample.time_code, [(face.number, face.label) for face in sample.faces])
        0:00:00.000 [(1, 'happy')]
        0:00:00.500 [(1, 'happy')]
    """
    _check_settings(min_confidence, rate=rate, min_face=min_face)
    if max_faces is not None and not (_is_number(max_faces, Integral) and max_faces > 0):
        raise ValueError(f"max_faces must be a whole number above 0, got {max_faces!r}.")
    if smoothing is not None and not (_is_number(smoothing) and 0 <= smoothing < math.inf):
        raise ValueError(f"smoothing must be 0 seconds or more and finite, got {smoothing!r}.")
    if over_time is not None and over_time not in list(OverTime):
        raise ValueError(f"over_time must be one of {', '.join(OverTime)}, got {over_time!r}.")
    source, name = _video_source(video)
    predictor, half_life = reader.with_smoothing(loaded.predictor(model), over_time, smoothing)
    settings = reader.VideoSettings(rate, min_confidence, half_life, max_faces, min_face)
    samples = reader.read_video(source, name, predictor, settings, limits=VideoLimits())
    return (
        VideoSample(sample.result.seconds or 0.0, Faces(sample.result), sample.frame_bgr)
        for sample in samples
    )


def _result(
    predictor: Predictor,
    picture: Any,
    rgb: bool | None,
    min_face: float | None,
    min_confidence: float,
) -> ImageResult:
    """What is seen in one picture; raises `ImageError` or `ValueError`."""
    name = "image"
    if isinstance(picture, str | os.PathLike):
        name = os.fspath(picture)
        picture = _file(name)
    if not isinstance(picture, bytes | bytearray | memoryview):
        frame = _pixels(picture, rgb)
        return predictor.predict(frame, name, min_confidence=min_confidence, min_face=min_face)
    result = predictor.predict_bytes(
        bytes(picture), name, min_confidence=min_confidence, min_face=min_face
    )
    if result.error is not None:
        raise ImageError(result.error)
    return result


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
    if not name:
        raise ImageError("The path of a picture is empty.")
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
    is_one = is_one or hasattr(pictures, "read")  # an open file, whose lines are no pictures
    if is_one or not isinstance(pictures, Iterable):
        raise ValueError(
            "read_many takes a folder, a ZIP or a sequence of pictures, not "
            f"{type(pictures).__name__}; read takes one picture."
        )
    return pictures


def _inputs(pictures: Iterable[Any], rgb: bool | None, left_out: LeftOut) -> Iterator[Input]:
    """What is to be read, one after another; `left_out` gets what a folder holds besides."""
    for number, picture in enumerate(pictures, start=1):
        if isinstance(picture, str | os.PathLike):
            yield from find_inputs([Path(picture)], left_out=left_out)
            continue
        name = f"image {number}"
        if isinstance(picture, bytes | bytearray | memoryview):
            yield Input(Kind.PICTURE, name, Path(name), None, partial(bytes, picture))
        else:
            pixels = partial(_decoded, picture, name, rgb)
            yield Input(Kind.PICTURE, name, Path(name), None, bytes, pixels)


def _decoded(picture: Any, name: str, rgb: bool | None) -> Decoded:
    """An array or image as pixels; raises `ImageError`."""
    try:
        frame = _pixels(picture, rgb)
    except (ValueError, ImageError) as exc:
        raise ImageError(f"{name}: {exc}") from exc
    return Decoded(frame, frame.shape[1], frame.shape[0])


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


def _check_settings(
    min_confidence: float, rgb: bool | None = None, **positive: float | None
) -> None:
    """Raises `ValueError` for a value out of range, or of another type."""
    if not (_is_number(min_confidence) and 0.3 <= min_confidence <= 1):
        raise ValueError(f"min_confidence must be 0.3 to 1, got {min_confidence!r}.")
    if not (rgb is None or isinstance(rgb, bool | np.bool_)):
        raise ValueError(f"rgb must be True, False or None, got {rgb!r}.")
    for name, value in positive.items():
        if value is not None and not (_is_number(value) and 0 < value < math.inf):
            raise ValueError(f"{name} must be above 0 and finite, got {value!r}.")


def _is_number(value: Any, kind: type = Real) -> bool:
    """Whether it is one of that kind, of Python or NumPy; True and False are none."""
    return isinstance(value, kind) and not isinstance(value, bool)
