"""Arrays and Pillow images, as BGR pixels where what they hold is unambiguous."""

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.errors import ImageError
from fer_core.inference.pictures import depth
from fer_core.inference.pictures.decode import MAX_PIXELS

if TYPE_CHECKING:
    from PIL import Image

ACCEPTED = (
    "uint8 0-255, uint16, or floats of 0-1 or 0-255, shaped (h, w), (h, w, 1), (h, w, 3), (h, w, 4)"
    ", or with the colours first"
)
_CHANNELS = (1, 3, 4)
_WHITES = (255, 1023, 4095, 16383, 65535)  # of 8, 10, 12, 14 and 16 bits
_OVERSHOOT = 0.05  # share by which resizing with a sharp filter leaves the range of floats
_LOWEST_OF_255 = 16.0  # of floats, the least maximum that is taken for 0-255 and not for 0-1


def array_to_bgr(array: NDArray[Any], rgb: bool | None) -> NDArray[np.uint8]:
    """Pixels as uint8 (h, w, 3), BGR; transparency is laid over white.

    Args:
        array: see `ACCEPTED`; a batch (1, ...) of one picture is taken for that picture.
        rgb: whether colours stand as RGB or, by False, as BGR; None where there are none.

    Raises:
        ValueError: another shape or dtype, values out of range, or colours in an unknown order.
    """
    pixels = _to_8_bit(_channels_last(array), array)
    channels = pixels.shape[2]
    if channels == 1:
        return np.ascontiguousarray(np.repeat(pixels, 3, axis=2))
    if rgb is None:
        raise ValueError(
            f"An array of shape {array.shape} has colours in an unknown order: say rgb=True "
            "(Pillow, Matplotlib, scikit-image) or rgb=False (OpenCV)."
        )
    colours = pixels[..., 2::-1] if rgb else pixels[..., :3]
    if channels == 4:
        colours = _over_white(colours, pixels[..., 3:])
    return np.ascontiguousarray(colours)


def image_to_bgr(image: "Image.Image") -> NDArray[np.uint8]:
    """A Pillow image of any mode, upright as its EXIF data say, as uint8 (h, w, 3), BGR; raises
    `ImageError` where its file cannot be decoded.
    """
    from PIL import ImageOps

    try:
        upright = ImageOps.exif_transpose(image)
    except (OSError, SyntaxError) as exc:  # Pillow decodes a file when its pixels are asked for
        raise ImageError(
            "The picture is damaged or incomplete and cannot be read. Save or download it again."
        ) from exc
    if depth.is_deep_gray(upright):
        return array_to_bgr(depth.to_8_bit(np.asarray(upright), depth.span(image)), None)
    if upright.has_transparency_data:
        return array_to_bgr(np.asarray(upright.convert("RGBA")), True)
    return array_to_bgr(np.asarray(upright.convert("RGB")), True)


def _channels_last(array: NDArray[Any]) -> NDArray[Any]:
    """The array as (h, w, 1), (h, w, 3) or (h, w, 4)."""
    shape = array.shape
    if array.ndim == 4 and shape[0] == 1:
        array = array[0]
    elif array.ndim == 4:
        raise _refused(array, f"is a batch of {shape[0]} pictures: give it to read_many")
    if array.size == 0:
        raise _refused(array, "is empty")
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3:
        raise _refused(array, "is no picture")
    first, last = array.shape[0] in _CHANNELS, array.shape[2] in _CHANNELS
    if first and last and array.shape[0] > 1:
        raise _refused(array, "may have its colours first or last")
    if not first and not last:
        raise _refused(array, "has neither 1, 3 nor 4 channels")
    pixels = array if last else np.moveaxis(array, 0, 2)
    if pixels.shape[0] * pixels.shape[1] > MAX_PIXELS:
        raise ValueError(
            f"An array of shape {shape} has too many pixels; at most {MAX_PIXELS // 10**6} "
            "megapixels are read. Make it smaller."
        )
    return pixels


def _to_8_bit(pixels: NDArray[Any], given: NDArray[Any]) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return pixels.astype(np.uint8, copy=False)
    if pixels.dtype.kind not in "uif":
        raise _refused(given, "has no numbers of brightness")
    lowest, highest = float(pixels.min()), float(pixels.max())
    if not np.isfinite([lowest, highest]).all():
        raise _refused(given, "holds NaN or infinite values")
    white = _white(lowest, highest, pixels.dtype.kind == "f")
    if white is None:
        raise _refused(given, f"has values from {lowest:g} to {highest:g}")
    scaled: NDArray[np.float32] = pixels.astype(np.float32) * np.float32(255 / white)
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def _white(lowest: float, highest: float, is_float: bool) -> float | None:
    """The value of white; None where it is unknown."""
    if not is_float:
        return next((w for w in _WHITES if highest <= w), None) if lowest >= 0 else None
    if lowest >= -_OVERSHOOT and highest <= 1 + _OVERSHOOT:
        return 1.0
    over = 255 * _OVERSHOOT
    is_of_255 = lowest >= -over and _LOWEST_OF_255 <= highest <= 255 + over
    return 255.0 if is_of_255 else None


def _over_white(colours: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    share = alpha.astype(np.float32) / 255
    mixed = colours * share + 255 * (1 - share)
    return np.asarray(cv2.convertScaleAbs(mixed), dtype=np.uint8)


def _refused(array: NDArray[Any], why: str) -> ValueError:
    return ValueError(
        f"An array of shape {array.shape} and dtype {array.dtype} {why}. Accepted are {ACCEPTED}."
    )
