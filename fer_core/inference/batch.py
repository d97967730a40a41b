"""Reads many pictures on all cores, in their order.

    for reading in read_all(find_inputs(paths), predictor): ...

Threads do it, which share one model: decoding, searching and classifying leave Python's lock. At
most `WAITING` pictures a thread are held in memory, so it does not grow with their number. One
that cannot be read, for whatever reason, holds up no other.
"""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass

from fer_core.errors import FerError
from fer_core.images import png
from fer_core.inference.detector import DEFAULT_CONFIDENCE
from fer_core.inference.drawing import annotate
from fer_core.inference.pictures.decode import Decoded, decode_image, read_image
from fer_core.inference.predictor import Predictor
from fer_core.inference.results import ImageResult
from fer_core.inference.sources import Input, Kind

WAITING = 2  # pictures a thread that are being read or were read and not yet asked for
_POLL = 0.2  # seconds; some systems interrupt no longer waiting


@dataclass(frozen=True)
class PictureSettings:
    """How pictures are read.

    Attributes:
        min_confidence: of the face detector, 0.3-1.
        max_faces: read in a picture, the largest; None for all.
        min_face: pixels of the smallest face that is looked for, in the file's pixels; None for
            what the picture's size allows.
        whole: whether a picture without a face is taken as one.
        draw: whether an annotated copy is made.
    """

    min_confidence: float = DEFAULT_CONFIDENCE
    max_faces: int | None = None
    min_face: float | None = None
    whole: bool = False
    draw: bool = False


@dataclass(frozen=True, eq=False)
class Reading:
    """What was seen in a picture, and its annotated copy as PNG if there is one. A video has no
    result: it is for the caller to read, before the next reading is asked for.
    """

    source: Input
    result: ImageResult | None
    drawn: bytes | None = None


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read_all(
    inputs: Iterable[Input],
    predictor: Predictor,
    settings: PictureSettings | None = None,
    jobs: int | None = None,
) -> Iterator[Reading]:
    """Reads inputs by `jobs` threads, None for one a core; the answers are those of one thread,
    in the order of the inputs. Videos wait for their turn, and what follows waits for them.
    """
    settings = settings or PictureSettings()
    jobs = jobs or usable_cores()
    if jobs == 1:
        for source in inputs:
            yield _read(source, _bytes_of(source), predictor, settings)
        return
    pending: deque[tuple[Input, Future[Reading]]] = deque()
    following = iter(inputs)
    with _threads(jobs) as threads:
        while True:
            while len(pending) < WAITING * jobs and not _is_video(pending):
                try:
                    source = next(following)
                except StopIteration:
                    break
                task = threads.submit(_read, source, _bytes_of(source), predictor, settings)
                pending.append((source, task))
            if not pending:
                return
            _, task = pending.popleft()
            while not task.done():
                wait([task], timeout=_POLL)
            yield task.result()


@contextmanager
def _threads(jobs: int) -> Iterator[ThreadPoolExecutor]:
    """So many threads, on each of which OpenCV works alone; what waits is given up at the end."""
    import cv2

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    threads = ThreadPoolExecutor(jobs, "pictures")
    try:
        yield threads
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        cv2.setNumThreads(before)


def _is_video(pending: deque[tuple[Input, Future[Reading]]]) -> bool:
    """Whether the last input is a video: its archive is open only until the next is asked for."""
    return bool(pending) and pending[-1][0].kind is Kind.VIDEO


def _bytes_of(source: Input) -> bytes | Decoded | FerError:
    """A picture's bytes or pixels, or why there are none; read here, without threads."""
    if source.kind is Kind.VIDEO:
        return b""
    try:
        return source.read() if source.pixels is None else source.pixels()
    except FerError as exc:
        return exc


def _read(
    source: Input, data: bytes | Decoded | FerError, predictor: Predictor, settings: PictureSettings
) -> Reading:
    if source.kind is Kind.VIDEO:
        return Reading(source, None)
    try:
        if isinstance(data, FerError):
            raise data
        return _read_picture(source, data, predictor, settings)
    except FerError as exc:
        error = str(exc)
    except MemoryError:
        error = f"{source.name} needs more memory than there is. Make it smaller."
    except Exception as exc:  # whatever it is, the other pictures are still read
        error = f"{source.name} could not be read: {type(exc).__name__}: {exc}. Please report it."
    return Reading(source, predictor.failed(source.name, error))


def _read_picture(
    source: Input, data: bytes | Decoded, predictor: Predictor, settings: PictureSettings
) -> Reading:
    image = data if isinstance(data, Decoded) else read_image(data, source.name)
    frame = image.frame_bgr
    min_face = settings.min_face
    result = predictor.predict(
        frame,
        source.name,
        min_confidence=settings.min_confidence,
        max_faces=settings.max_faces,
        min_face=None if min_face is None else min_face * frame.shape[1] / image.width,
    )
    if not result.faces and settings.whole:
        result = predictor.whole_picture(frame, source.name)
    result = image.about(result)
    if not settings.draw:
        return Reading(source, result)
    if image.is_shrunk and not isinstance(data, Decoded):
        frame = decode_image(data, source.name, full=True)
    return Reading(source, result, png(annotate(frame, result)[..., ::-1]))
