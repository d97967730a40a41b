"""Annotated copies of pictures as one ZIP in memory."""

import io
import re
import zipfile
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fer_core.inference.drawing import annotate
from fer_core.inference.results import ImageResult, to_frame

MAX_BYTES = 100 * 2**20
"""Of the ZIP; pictures beyond are left out, and a note in it says so."""
MAX_SIDE = 1600
"""Pixels of a copy's longer side."""


def annotated_zip(pictures: Iterable[tuple[NDArray[np.uint8], ImageResult]]) -> bytes:
    """A JPEG with drawn faces for each picture, and `faces.csv` with every row.

    Args:
        pictures: uint8 (h, w, 3), BGR, each with its result; read one at a time.
    """
    import cv2

    buffer = io.BytesIO()
    results = []
    left_out = 0
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for number, (frame, result) in enumerate(pictures, start=1):
            results.append(result)
            if buffer.tell() > MAX_BYTES:
                left_out += 1
                continue
            drawn = annotate(frame, result)
            scale = min(1.0, MAX_SIDE / max(drawn.shape[:2]))
            if scale < 1:
                drawn = np.asarray(
                    cv2.resize(drawn, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA),
                    np.uint8,
                )
            _, jpeg = cv2.imencode(".jpg", drawn, [cv2.IMWRITE_JPEG_QUALITY, 88])
            archive.writestr(f"{number:04d}-{_plain(result.name)}.jpg", jpeg.tobytes())
        archive.writestr("faces.csv", to_frame(results).to_csv(index=False))
        if left_out:
            archive.writestr(
                "left-out.txt",
                f"{left_out} pictures were left out: the archive would be larger than "
                f"{MAX_BYTES // 2**20} MB.\n",
            )
    return buffer.getvalue()


def _plain(name: str) -> str:
    """A name that every system can store: its last part without the ending."""
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return re.sub(r"[^\w\- ]+", "_", stem).strip(" _")[:60] or "picture"
