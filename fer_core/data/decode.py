"""One image of the data set: decoded, or why it cannot be used."""

import io
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import FACE_SIZE
from fer_core.errors import ImageError

MAX_BYTES: Final = 4 * 2**20  # of one file

_LARGE: Final = 16 * 2**10
"""Bytes that 48x48 pixels never need: a larger file's size is read before it is decoded."""
_MAX_SIDE: Final = 4096


class WrongSizeError(ImageError):
    """An image has not 48x48 pixels."""


def decode(data: bytes, *, resize: bool = False) -> NDArray[np.uint8]:
    """The image in a file, uint8 (48, 48), gray; `resize` brings square ones to that size.

    Raises:
        WrongSizeError: of another size.
        ImageError: empty or unreadable. Both texts end a sentence that begins with its name.
    """
    import cv2

    if not data:
        raise ImageError("is empty (0 bytes)")
    if len(data) > _LARGE:
        _check_announced(data)
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        image = None
    if image is None:
        raise ImageError("is not a readable image")
    height, width = image.shape
    if (height, width) == (FACE_SIZE, FACE_SIZE):
        return np.asarray(image, dtype=np.uint8)
    if not resize:
        raise _wrong_size(width, height, f"{FACE_SIZE}x{FACE_SIZE} is needed")
    if height != width:
        raise _wrong_size(width, height, "only square images are resized")
    way = cv2.INTER_AREA if height > FACE_SIZE else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (FACE_SIZE, FACE_SIZE), interpolation=way), np.uint8)


def _check_announced(data: bytes) -> None:
    """Refuses a small file of a huge picture before memory is taken for it."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            width, height = image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as exc:
        raise ImageError("is not a readable image") from exc
    if max(width, height) > _MAX_SIDE:
        raise _wrong_size(width, height, f"{FACE_SIZE}x{FACE_SIZE} is needed")


def _wrong_size(width: int, height: int, needed: str) -> WrongSizeError:
    return WrongSizeError(f"is {width}x{height} pixels; {needed}")
