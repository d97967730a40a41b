"""FER2013 as its authors published it: one CSV file, the pixels of an image a line.

`fer2013.csv` (emotion,pixels,Usage) and `icml_face_data.csv` (emotion, Usage, pixels) hold the
images of Kaggle's folders in the same order. Numbered in each class as they come, PublicTest
before PrivateTest, they become the same data set, file names included.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core import archives
from fer_core.classes import FACE_SIZE
from fer_core.data.download.taking import Taking
from fer_core.data.layout import Sorted
from fer_core.errors import DataError
from fer_core.progress import Progress

MAX_IMAGES: Final = 200_000

_CLASSES: Final = dict(
    enumerate(("angry", "disgusted", "fearful", "happy", "sad", "surprised", "neutral"))
)
"""By the number in column `emotion`."""
_USAGES: Final = ("training", "publictest", "privatetest")
_COLUMNS: Final = {"emotion", "pixels", "usage"}
_LINE_BYTES: Final = 64 * 2**10


def is_table(file: IO[bytes], name: str) -> bool:
    """Whether a file is such a table, by its name and its first line."""
    if not name.lower().endswith(".csv"):
        return False
    return {*_header(next(_lines(file, name), b""))} >= _COLUMNS


def read(file: IO[bytes], name: str, folder: Path, progress: Progress | None = None) -> Sorted:
    """Writes the images of the file into an empty `folder`, as a data set.

    Raises:
        DataError: it is no such file, is damaged, or holds no image of a class.
        OSError: the folder cannot be written.
    """
    lines = _lines(file, name)
    header = _header(next(lines, b""))
    if not {*header} >= _COLUMNS:
        raise DataError(
            f"'{name}' has the columns {', '.join(header) or 'none'}; emotion, pixels and Usage "
            "are needed, as in fer2013.csv."
        )
    taking = Taking(folder, 0, progress=progress)
    numbers: Counter[str] = Counter()

    def take(line: str, key: str, data: bytes) -> None:
        taking.take(line, f"{key}/im{numbers[key]}.png", data)
        numbers[key] += 1

    private: list[tuple[str, str, bytes]] = []
    for number, line in enumerate(lines, 2):
        found = _image_in(line, header)
        if found is None:
            taking.leave(f"line {number}", "holds no image of 48x48 pixels with emotion and usage")
            continue
        usage, emotion, image = found
        key = f"{'train' if usage == 'training' else 'test'}/{emotion}"
        row = f"line {number}", key, cv2.imencode(".png", image)[1].tobytes()
        if usage == "privatetest":  # comes last, whatever the order of the lines
            private.append(row)
        else:
            take(*row)
    for row in private:
        take(*row)
    return taking.finish(Sorted({}, (), synthetic=False))


def _image_in(line: bytes, header: list[str]) -> tuple[str, str, NDArray[np.uint8]] | None:
    """Usage, class and image of a line; None where it holds none."""
    row = dict(zip(header, _cells(line), strict=False))
    usage = row.get("usage", "").lower()
    try:
        emotion = _CLASSES[int(row["emotion"])]
        pixels = np.fromiter(map(int, row["pixels"].split()), np.int64)
        image = pixels.reshape(FACE_SIZE, FACE_SIZE)
    except (KeyError, ValueError, OverflowError):
        return None
    if usage not in _USAGES or image.min() < 0 or image.max() > 255:
        return None
    return usage, emotion, image.astype(np.uint8)


def _lines(file: IO[bytes], name: str) -> Iterator[bytes]:
    """The lines that hold something, none longer than an image needs."""
    for _ in range(MAX_IMAGES):
        try:
            line = file.readline(_LINE_BYTES)
        except archives.DAMAGE as exc:
            raise archives.damaged(f"'{name}'") from exc
        if not line:
            return
        if len(line) == _LINE_BYTES:
            raise DataError(f"'{name}' has a line that is too long for fer2013.csv.")
        if line.strip():
            yield line
    raise DataError(f"'{name}' has more than {MAX_IMAGES:,} lines. Split it.")


def _header(line: bytes) -> list[str]:
    return [cell.lower() for cell in _cells(line)]


def _cells(line: bytes) -> list[str]:
    try:
        row = next(csv.reader([line.decode("utf-8-sig", "replace")]), [])
    except csv.Error:
        return []
    return [cell.strip() for cell in row]
