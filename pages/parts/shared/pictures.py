"""Reads pictures for a visitor: finds faces, keeps what was seen and a small preview.

A reading lives in the visitor's session and ends with it; nothing is written to disk,
and neither the picture nor its pixels at full size are kept. A snapshot from the Live page waits
there for the Upload page.
"""

import re
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES
from fer_core.errors import ImageError
from fer_core.images import jpeg, shrunk

if TYPE_CHECKING:
    from fer_core.inference.predictor import ImageResult, Predictor

MAX_FACES = 50
"""Faces that are read in a picture, the largest first."""

SNAPSHOT = "Snapshot from live video"
_SNAPSHOT = "handed-over"
_PREVIEW_PIXELS = (288, 1280)
"""Smallest and largest longer side of a preview."""
_one_at_a_time = threading.Lock()
"""Decoding a large photograph takes hundreds of MB: one visitor after another. Not in
Streamlit's cache, which any visitor can empty."""


@dataclass(frozen=True)
class Picture:
    """A picture to read: an upload, a camera snapshot or a sample.

    Attributes:
        key: the same for the same picture within a session.
        name: as shown to the user.
        data: gives the file's bytes; None for drawn faces, one of each class.
    """

    key: str
    name: str
    data: Callable[[], bytes] | None


@dataclass(frozen=True)
class Reading:
    """What was seen in a picture, and it with boxes as JPEG; None where it could not be read."""

    picture: Picture
    result: "ImageResult"
    preview: bytes | None


def read_all(
    pictures: list[Picture],
    predictor: "Predictor",
    *,
    min_confidence: float,
    whole: Collection[str] = (),
    progress: Callable[[int, int], object] = lambda done, total: None,
    previews: bool = True,
    read_new: bool = True,
    store: str = "readings",
) -> list[Reading]:
    """Reads every picture, or takes from the session what was read before.

    Each reading is kept in the session as soon as it is made, so an interrupted run of the
    page continues where it was.

    Args:
        pictures: in the order to show.
        predictor: model and detector.
        min_confidence: of the detector, 0-1.
        whole: keys of pictures that are one face as a whole.
        progress: called with (pictures done, pictures in all) before each new one.
        previews: whether to keep the drawn picture; those of a batch would fill the memory.
        read_new: whether pictures that were not read before are read; else they are omitted.
        store: key of the session under which the readings are kept; those of other pictures
            are removed from it.
    """
    known: dict[tuple[object, ...], Reading] = st.session_state.get(store, {})
    model = (
        predictor.classifier.run_id,
        id(predictor.classifier),
        predictor.detector.name,
        str(predictor.cropping),
        predictor.unsure_below,
    )
    keys = [
        (picture.key, model, min_confidence, picture.key in whole, previews) for picture in pictures
    ]
    readings = {key: known[key] for key in keys if key in known}
    st.session_state[store] = readings
    for done, (key, picture) in enumerate(zip(keys, pictures, strict=True)):
        if key not in readings and read_new:
            progress(done, len(pictures))
            with _one_at_a_time:
                reading = _read(picture, predictor, min_confidence, picture.key in whole)
            readings[key] = reading if previews else replace(reading, preview=None)
    return [readings[key] for key in keys if key in readings]


def decode(picture: Picture) -> NDArray[np.uint8]:
    """A picture's pixels once more, uint8 (h, w, 3), BGR.

    Raises:
        ImageError: it cannot be read.
    """
    from fer_core.inference.pictures.decode import decode_image

    with _one_at_a_time:
        if picture.data is None:
            return _sheet(_drawn_faces())
        return decode_image(picture.data(), picture.name)


def give_snapshot(frame_bgr: NDArray[np.uint8]) -> None:
    """Keeps a frame, uint8 (h, w, 3), BGR, in place of the one before."""
    import cv2

    _, buffer = cv2.imencode(".png", frame_bgr)
    st.session_state[_SNAPSHOT] = (f"live-{uuid4().hex}", buffer.tobytes())


def has_snapshot() -> bool:
    """Whether a snapshot waits for the Upload page."""
    return _SNAPSHOT in st.session_state


def offer_snapshot() -> list[Picture]:
    """The snapshot as a picture to read, with a button that removes it; empty without one."""
    if not has_snapshot():
        return []
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.caption(f"{SNAPSHOT} is shown below; it is kept in memory only.", width="content")
        if st.button("Remove the snapshot", key="forget-snapshot"):
            del st.session_state[_SNAPSHOT]
            st.rerun()
    key, data = st.session_state[_SNAPSHOT]
    return [Picture(key, SNAPSHOT, lambda: data)]


def plain(text: str) -> str:
    """`text` with Markdown's signs escaped, so that a file's name shows as it is."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|$:~&^=])", r"\\\1", text)


def _read(
    picture: Picture, predictor: "Predictor", min_confidence: float, as_whole: bool
) -> Reading:
    from fer_core.inference.pictures.decode import decode_image
    from fer_core.inference.predictor import ImageResult, annotate

    if picture.data is None:
        return _read_drawn(picture, predictor)
    try:
        frame = decode_image(picture.data(), picture.name)
        if as_whole:
            result = predictor.whole_picture(frame, picture.name)
        else:
            result = predictor.predict(
                frame, picture.name, min_confidence=min_confidence, max_faces=MAX_FACES
            )
    except (ImageError, MemoryError) as exc:
        text = str(exc) or "The picture is too large for this machine. Make it smaller."
        failed = ImageResult(picture.name, 0, 0, (), text, predictor.detector.name)
        return Reading(picture, failed, None)
    boxed = any(face.box is not None for face in result.faces)
    return Reading(picture, result, _preview(annotate(frame, result) if boxed else frame))


def _read_drawn(picture: Picture, predictor: "Predictor") -> Reading:
    """Seven drawn faces, one a class, each given to the model as it is."""
    from fer_core.inference.predictor import FacePrediction, ImageResult

    faces = _drawn_faces()
    scores = predictor.classifier.predict(faces[..., None])
    found = tuple(
        FacePrediction(face, row, None, unsure=float(row.max()) < predictor.unsure_below)
        for face, row in zip(faces, scores, strict=True)
    )
    sheet = _sheet(faces)
    height, width = sheet.shape[:2]
    result = ImageResult(picture.name, width, height, found, None, "none")
    return Reading(picture, result, _preview(sheet))


def _drawn_faces() -> NDArray[np.uint8]:
    """One of each class, uint8 (7, 48, 48)."""
    from fer_core.data.synthetic.dataset import draw_face

    rng = np.random.default_rng(0)
    return np.stack([draw_face(label, rng) for label in range(len(CLASS_NAMES))])


def _sheet(faces: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Faces (7, 48, 48) in two rows of four, enlarged twice, on gray; uint8 (h, w, 3), BGR."""
    from skimage.util import montage

    gray = montage(faces, fill=128, grid_shape=(2, 4)).repeat(2, axis=0).repeat(2, axis=1)
    return np.repeat(gray[..., None], 3, axis=2)


def _preview(frame_bgr: NDArray[np.uint8]) -> bytes:
    import cv2

    smallest, largest = _PREVIEW_PIXELS
    scale = smallest / max(frame_bgr.shape[:2])
    if scale > 1:
        nearest = cv2.INTER_NEAREST
        frame_bgr = cv2.resize(frame_bgr, None, fx=scale, fy=scale, interpolation=nearest)
    return jpeg(shrunk(frame_bgr, largest), quality=90)
