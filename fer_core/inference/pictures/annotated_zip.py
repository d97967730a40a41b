"""Annotated copies of pictures as one ZIP in memory."""

import io
import re
import zipfile
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fer_core.images import jpeg, shrunk
from fer_core.inference.drawing import annotate
from fer_core.inference.results import ImageResult, to_frame
from fer_core.tables import to_csv

MAX_BYTES = 100 * 2**20  # of the ZIP; pictures beyond are omitted, and a note in it says so
MAX_SIDE = 1600  # pixels of a copy's longer side


def annotated_zip(pictures: Iterable[tuple[NDArray[np.uint8], ImageResult]]) -> tuple[bytes, int]:
    """A JPEG with drawn faces for each picture, and `faces.csv` with every row; and how many
    pictures were left out, as the ZIP would be larger than `MAX_BYTES`.

    `pictures`, uint8 (h, w, 3), BGR, each with its result, are read one at a time.
    """
    buffer = io.BytesIO()
    results = []
    left_out = 0
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for number, (frame, result) in enumerate(pictures, start=1):
            results.append(result)
            if buffer.tell() > MAX_BYTES:
                left_out += 1
                continue
            drawn = jpeg(shrunk(annotate(frame, result), MAX_SIDE), quality=88)
            archive.writestr(f"{number:04d}-{_plain(result.name)}.jpg", drawn)
        archive.writestr("faces.csv", to_csv(to_frame(results)))
        if left_out:
            archive.writestr(
                "left-out.txt",
                f"{left_out} pictures were omitted: the archive would be larger than "
                f"{MAX_BYTES // 2**20} MB.\n",
            )
    return buffer.getvalue(), left_out


def _plain(name: str) -> str:
    """A name that every system can store: its last part without the ending."""
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return re.sub(r"[^\w\- ]+", "_", stem).strip(" _")[:60] or "picture"
