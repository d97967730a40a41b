"""Reads pictures for a visitor: finds faces, keeps what was seen and a small preview.

A reading lives in the visitor's session and ends with it; nothing is written to disk,
and neither the picture nor its pixels at full size are kept. What another page hands to the Upload
page, as a snapshot of live video, waits there for it.
"""

import re
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fer_core.errors import ImageError
from fer_core.images import jpeg, shrunk

if TYPE_CHECKING:
    from fer_core.inference.predictor import ImageResult, Predictor

SNAPSHOT = "Snapshot from live video"
READINGS = "readings"
"""Where the session keeps what was seen in pictures."""
_SNAPSHOT = "handed-over"
_PREVIEW_PIXELS, _THUMBNAIL_PIXELS = 960, 160
"""Of the longer side, at most."""
_SEARCHED = 16_000_000
"""Pixels at which a picture is searched, at most: a dozen parts, each of a quarter of a second."""
_one_at_a_time = threading.Lock()
"""Decoding a large photograph takes hundreds of MB: one visitor after another. Not in
Streamlit's cache, which any visitor can empty."""


@dataclass(frozen=True)
class Picture:
    """A picture to read: an upload, a camera snapshot or a sample.

    Attributes:
        key: the same for the same picture within a session.
        name: as shown to the user.
        data: gives the file's bytes.
        source: where it comes from, in a sentence, where that is to be told.
    """

    key: str
    name: str
    data: Callable[[], bytes]
    source: str = ""


@dataclass(frozen=True)
class Reading:
    """What was seen in a picture, and it as JPEG, without boxes: a preview where one was asked for,
    and a thumbnail; None where it could not be read.
    """

    picture: Picture
    result: "ImageResult"
    preview: bytes | None
    thumbnail: bytes | None = None


def read_all(
    pictures: list[Picture],
    predictor: "Predictor",
    *,
    min_confidence: float,
    min_face: float | None = None,
    whole: Collection[str] = (),
    progress: Callable[[int, int], object] = lambda done, total: None,
    previews: bool = True,
    seconds: float | None = None,
    store: str = READINGS,
) -> list[Reading]:
    """Reads every picture, or takes from the session what was read before.

    Each reading is kept in the session as soon as it is made, so an interrupted run of the
    page continues where it was.

    Args:
        pictures: in the order to show.
        predictor: model and detector.
        min_confidence: of the detector, 0-1.
        min_face: pixels of the smallest face that is looked for; None for what a picture's size
            allows.
        whole: keys of pictures that are one face as a whole.
        progress: called with (pictures done, pictures in all) before each new one.
        previews: whether to keep a preview; those of a batch would fill the memory.
        seconds: after which no further picture is begun, which are then omitted; None for ever,
            0 for those alone that were read before. Above 0 one is read in any case.
        store: key of the session under which the readings are kept; those of other pictures
            are removed from it.
    """
    known: dict[tuple[object, ...], Reading] = st.session_state.get(store, {})
    keys = [
        (picture.key, predictor.identity, min_confidence, min_face, picture.key in whole, previews)
        for picture in pictures
    ]
    readings = {key: known[key] for key in keys if key in known}
    st.session_state[store] = readings
    started, begun = time.monotonic(), seconds == 0
    for done, (key, picture) in enumerate(zip(keys, pictures, strict=True)):
        if key in readings:
            continue
        if begun and seconds is not None and time.monotonic() - started >= seconds:
            break
        begun = True
        progress(done, len(pictures))
        reading = _read(picture, predictor, min_confidence, min_face, picture.key in whole)
        readings[key] = reading if previews else replace(reading, preview=None)
    return [readings[key] for key in keys if key in readings]


def smallest_face(size: tuple[int, int], min_face: float) -> float:
    """Pixels of the smallest face that is looked for in a picture of that (height, width), where
    `min_face` was asked for.
    """
    from fer_core.inference.search import affordable

    return affordable(size, min_face, _SEARCHED)


def decode(picture: Picture) -> NDArray[np.uint8]:
    """A picture's pixels once more, uint8 (h, w, 3), BGR.

    Raises:
        ImageError: it cannot be read.
    """
    from fer_core.inference.pictures.decode import decode_image

    with _one_at_a_time:
        return decode_image(picture.data(), picture.name)


def give_snapshot(picture: NDArray[np.uint8] | bytes, run_id: str | None = None) -> None:
    """Keeps a picture in place of the one before: a frame, uint8 (h, w, 3), BGR, or a file's
    content. `run_id` names the run that read it, where that may be another than the chosen one.
    """
    import cv2

    if not isinstance(picture, bytes):
        picture = cv2.imencode(".png", picture)[1].tobytes()
    st.session_state[_SNAPSHOT] = (f"live-{uuid4().hex}", picture, run_id)


def has_snapshot() -> bool:
    """Whether a snapshot waits for the Upload page."""
    return _SNAPSHOT in st.session_state


def snapshot_run() -> str | None:
    """The run that read the snapshot that waits, where that was told."""
    run_id: str | None = st.session_state[_SNAPSHOT][2] if has_snapshot() else None
    return run_id


def take_snapshot() -> Picture | None:
    """The snapshot as a picture to read; it no longer waits then."""
    if not has_snapshot():
        return None
    key, data, _ = st.session_state.pop(_SNAPSHOT)
    return Picture(key, SNAPSHOT, lambda: data)


def plain(text: str) -> str:
    """`text` with Markdown's signs escaped, so that a file's name shows as it is."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|$:~&^=])", r"\\\1", text)


def _read(
    picture: Picture,
    predictor: "Predictor",
    min_confidence: float,
    min_face: float | None,
    as_whole: bool,
) -> Reading:
    from fer_core.inference.pictures.decode import read_image

    try:
        with _one_at_a_time:
            image = read_image(picture.data(), picture.name)
        frame = image.frame_bgr
        if as_whole:
            result = predictor.whole_picture(frame, picture.name)
        else:
            if min_face is not None:
                min_face = smallest_face((image.height, image.width), min_face)
                min_face *= frame.shape[1] / image.width
            result = predictor.predict(
                frame, picture.name, min_confidence=min_confidence, min_face=min_face
            )
    except (ImageError, MemoryError) as exc:
        text = str(exc) or "The picture is too large for this machine. Make it smaller."
        return Reading(picture, predictor.failed(picture.name, text), None)
    result = image.about(result)
    preview, thumbnail = (
        jpeg(shrunk(frame, pixels), quality=85) for pixels in (_PREVIEW_PIXELS, _THUMBNAIL_PIXELS)
    )
    return Reading(picture, result, preview, thumbnail)
