"""Pixels of more than 8 bits, scaled to 8 by the range that their values use.

Cameras and microscopes store 10, 12 or 14 bits in values of 16, programs store floats of 0-1 or of
0-255: a file's type does not say which value is white. Pillow has modes for gray ones; colour, of
which it keeps the upper 8 bits alone, comes by OpenCV.
"""

import io
import re
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

Span = tuple[float, float]
"""The values of black and of white."""

_LIMITS = (255.0, 1023.0, 4095.0, 16383.0, 65535.0)
_OVERSHOOT = 1.02  # of floats that were resized with a sharp filter
_FLOAT_ONE = 2.0  # floats up to it are of 0-1: of 0-255 they would be black
_STRIP = 64  # rows scaled at once
_HEADER = 1024  # bytes in which a PPM's header with its comments is looked for
_PPM = re.compile(rb"P[36]" + 3 * rb"(?:\s|#[^\n]*\n)+(\d{1,7})" + rb"\s")
_COLOUR_PFM = re.compile(rb"PF\s+(\d{1,7})\s+(\d{1,7})\s")
_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _ORIENTATION = 256, 257, 258, 262, 274


def is_deep_gray(image: Image.Image) -> bool:
    """Whether a gray image has more than 8 bits."""
    return image.mode.startswith("I") or image.mode == "F"


def is_deep_colour(image: Image.Image, data: bytes) -> bool:
    """Whether the file holds more bits a colour than Pillow keeps, in a form `colour` reads."""
    if image.format == "PNG":
        depth, kind = data[24], data[25]
        return depth == 16 and kind != 0
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        bits = image.tag_v2.get(_BITS, (8,))
        return len(bits) >= 3 and max(bits) > 8 and image.tag_v2.get(_PHOTOMETRIC) == 2
    found = _PPM.match(data[:_HEADER])
    return found is not None and int(found[3]) > 255


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height of a file that Pillow does not know and `colour` may read: a TIFF or PFM."""
    found = _COLOUR_PFM.match(data)
    if found:
        return int(found[1]), int(found[2])
    if not data.startswith((b"II*\0", b"MM\0*")):
        return None
    tags = TiffImagePlugin.ImageFileDirectory_v2(data[:8])
    file = io.BytesIO(data)
    file.seek(tags.next)
    tags.load(file)
    return int(tags[_WIDTH]), int(tags[_HEIGHT])


def colour(data: bytes, orientation: int = 1) -> Image.Image:
    """The pixels of a PNG, TIFF, PPM or PFM file with 8 bits a colour, as RGB, RGBA or L, to be
    turned by the EXIF `orientation`.

    Raises:
        ValueError: it cannot be decoded.
    """
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None:
        raise ValueError("OpenCV cannot decode it.")
    pixels = np.empty(values.shape, np.uint8)
    parts = [...] if values.ndim == 2 else [np.s_[..., :3], np.s_[..., 3:]]
    for part in parts:
        if values[part].size:
            limits = _span(values[part])
            for top in range(0, len(values), _STRIP):
                rows = np.s_[top : top + _STRIP]
                pixels[rows][part] = to_8_bit(values[rows][part], limits)
    if values.ndim == 3:
        pixels[..., :3] = pixels[..., 2::-1]
    image = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    image.info["exif"] = exif.tobytes()
    return image


def span(image: Image.Image) -> Span:
    """Black and white of a gray image of more than 8 bits; of others 0 and 255."""
    if not is_deep_gray(image):
        return 0.0, 255.0
    black, white = _span(np.asarray(image))
    tags = getattr(image, "tag_v2", {})
    return (white, black) if tags.get(_PHOTOMETRIC) == 0 else (black, white)


def to_8_bit(values: NDArray[Any], span: Span) -> NDArray[np.uint8]:
    """Values of any type, with black at 0 and white at 255; what is no number is black."""
    black, white = span
    scaled = (values.astype(np.float32) - black) * (255 / (white - black))
    np.nan_to_num(scaled, copy=False, nan=0.0, posinf=255.0, neginf=0.0)
    return np.clip(scaled, 0, 255, out=scaled).astype(np.uint8)


def _span(values: NDArray[Any]) -> Span:
    finite = np.isfinite(values)
    lowest = float(values.min(where=finite, initial=0))
    highest = float(values.max(where=finite, initial=0))
    is_float = values.dtype.kind == "f"
    if is_float and highest <= _FLOAT_ONE and lowest >= -_FLOAT_ONE:
        return (-1.0 if lowest < 1 - _OVERSHOOT else 0.0), 1.0
    if lowest < 0 and not is_float:
        return lowest, highest if highest > lowest else 0.0
    over = _OVERSHOOT if is_float else 1.0
    return 0.0, next((limit for limit in _LIMITS if highest <= limit * over), highest)
