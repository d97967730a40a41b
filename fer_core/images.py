"""Images shrunk to a limit, and as JPEG, PNG or data URL."""

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray


def shrunk(image: NDArray[np.uint8], limit: int) -> NDArray[np.uint8]:
    """`image` (h, w, ...), each pixel a mean, where its longer side has more than `limit` pixels.

    The other side keeps at least one pixel; smaller images come back as they are.
    """
    import cv2

    height, width = image.shape[:2]
    scale = limit / max(height, width)
    if scale >= 1:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def jpeg(frame_bgr: NDArray[np.uint8], quality: int) -> bytes:
    """uint8 (h, w, 3), BGR, as a JPEG file of `quality` 0-100."""
    import cv2

    return bytes(cv2.imencode(".jpg", frame_bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


def png(pixels: NDArray[np.uint8]) -> bytes:
    """uint8 (h, w), gray, or (h, w, 3), RGB, as a PNG file.

    By Pillow: OpenCV writes no side of more than a million pixels.
    """
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def png_url(pixels: NDArray[Any]) -> str:
    """`png` as a data URL, which a page can show without a file."""
    return f"data:image/png;base64,{base64.b64encode(png(pixels)).decode()}"
