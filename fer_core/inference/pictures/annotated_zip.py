"""Annotated copies of pictures as one ZIP in memory."""

import io
import re
import zipfile
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fer_core.images import jpeg, shrunk
from fer_core.inference.drawing import annotate
from fer_core.inference.file_types import ARCHIVE_SUFFIXES
from fer_core.inference.results import ImageResult, to_frame
from fer_core.tables import to_csv

MAX_BYTES = 100 * 2**20  # of the ZIP; pictures beyond are omitted, and a note in it says so
MAX_SIDE = 1600  # pixels of a copy's longer side


def annotated_zip(
    pictures: Iterable[tuple[NDArray[np.uint8] | None, ImageResult]],
) -> tuple[bytes, int]:
    """A JPEG with drawn faces for each picture, in the folders that it had in a ZIP, and
    `faces.csv` with every row; and how many pictures were left out, as the ZIP would be larger
    than `MAX_BYTES`.

    `pictures`, uint8 (h, w, 3), BGR, each with its result, are read one at a time; of one without
    pixels, which could not be read, the table alone tells.
    """
    buffer = io.BytesIO()
    results = []
    left_out = 0
    given: set[str] = set()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for frame, result in pictures:
            results.append(result)
            if frame is None:
                continue
            if buffer.tell() > MAX_BYTES:
                left_out += 1
                continue
            drawn = jpeg(shrunk(annotate(frame, result), MAX_SIDE), quality=88)
            archive.writestr(_copy_name(result.name, given), drawn)
        archive.writestr("faces.csv", to_csv(to_frame(results)))
        if left_out:
            archive.writestr(
                "left-out.txt",
                f"{left_out} pictures were omitted: the archive would be larger than "
                f"{MAX_BYTES // 2**20} MB.\n",
            )
    return buffer.getvalue(), left_out


def _copy_name(name: str, given: set[str]) -> str:
    """A copy's path, of characters that every system can store: folders as in the picture's name,
    where a ZIP's is one too. It is noted in `given`, of which it is none.
    """
    *folders, last = name.replace("\\", "/").split("/")
    if folders and folders[0].lower().endswith(ARCHIVE_SUFFIXES):
        folders[0] = folders[0].rpartition(".")[0]
    stem = _plain(last.rpartition(".")[0] or last) or "picture"
    path = "/".join([*filter(None, map(_plain, folders)), f"{stem}-faces"])
    number, unique = 1, path
    while unique.casefold() in given:  # which some systems take for the same
        number += 1
        unique = f"{path}-{number}"
    given.add(unique.casefold())
    return f"{unique}.jpg"


def _plain(part: str) -> str:
    return re.sub(r"[^\w\-. ]+", "_", part)[:60].strip(" ._")
