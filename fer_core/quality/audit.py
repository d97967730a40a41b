"""The audit: which images of a data set are copies, nearly copies, empty, or show no face.

    python -m fer_core data audit

`fer_core.quality.audit_report` keeps and reads what is found.
"""

from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import FACE_SIZE
from fer_core.data.fer2013 import Dataset
from fer_core.data.measures import copy_groups, gray_levels
from fer_core.inference.detector import FaceDetector
from fer_core.progress import Progress, StageProgress, of_stage, silent
from fer_core.quality.audit_report import AUDIT_COLUMNS, Audit, AuditFacts, Finding
from fer_core.quality.near_copies import find_near_copies, perceptual_hashes

NEAR_BITS = 24
"""Of 144. Of pairs drawn from the published training and test images and inspected, 8 at each
distance, all up to 26 bits show the same photograph, and half of those at 28 do not."""
FLAT_BELOW = 10.0  # gray levels. In the published images nothing lies between 9.1 and 11.7.
SURE_FACE = 0.6  # confidence that a face needs at first, as the app asks for it by default
FACE_CONFIDENCE = 0.3
"""Confidence that it needs when searched alone, as low as YuNet goes: most of the published images
between the two are real faces, turned, tilted or covered."""

_TILE = 128
_FACE = 84
_TILES = 5
"""Faces a side of a sheet; a face is enlarged to `_FACE` pixels inside a tile of `_TILE`, as a
detector finds a face that fills the picture only with something around it."""


def audit(
    dataset: Dataset, detector: FaceDetector | None, progress: StageProgress | None = None
) -> Audit:
    """Checks every image of both splits; a detector of None leaves the search for faces out."""
    report = progress or silent
    images = np.concatenate([dataset.train.images, dataset.test.images])
    places = np.concatenate([dataset.train.paths, dataset.test.paths])
    report("identical images", 0, 1)
    identical = copy_groups(images)
    _, deviation = gray_levels(images)
    flat = deviation < FLAT_BELOW
    hashes = perceptual_hashes(images, of_stage(report, "perceptual hashes"))
    near = find_near_copies(
        images, hashes, NEAR_BITS, without=flat, progress=of_stage(report, "near copies")
    )
    faceless = np.empty(0, np.intp)
    if detector is not None:
        found = find_faces(images, detector, of_stage(report, f"faces ({detector.name})"))
        faceless = np.flatnonzero(~found & ~flat)
    copied = np.flatnonzero(np.bincount(identical)[identical] > 1)
    group = np.unique(identical[copied], return_inverse=True)[1]
    found_rows = (
        _rows(Finding.IDENTICAL, group, places[copied], np.nan),
        _rows(Finding.NEAR, near.group, places[near.rows], near.distance),
        _rows(Finding.FLAT, -1, places[flat], deviation[flat].round(1)),
        _rows(Finding.NO_FACE, -1, places[faceless], np.nan),
    )
    rows = pd.concat(found_rows, ignore_index=True)
    facts = AuditFacts(
        fingerprint=dataset.fingerprint,
        images=len(images),
        near_bits=NEAR_BITS,
        flat_below=FLAT_BELOW,
        detector=detector.name if detector is not None else "",
        face_confidence=FACE_CONFIDENCE,
        versions={name: version(name) for name in ("ImageHash", "numpy", "opencv-python-headless")},
    )
    return Audit(facts, rows.sort_values(["finding", "group", "path"], ignore_index=True))


def find_faces(
    images: NDArray[np.uint8], detector: FaceDetector, progress: Progress | None = None
) -> NDArray[np.bool_]:
    """Whether each image of uint8 (n, 48, 48, 1) shows a face, bool (n,).

    Images are searched on sheets of 25, which is many times faster than one by one; those
    without a face there are searched alone, with a lower threshold.
    """
    found = np.zeros(len(images), dtype=bool)
    sheet_size = _TILES**2
    for start in range(0, len(images), sheet_size):
        some = images[start : start + sheet_size]
        boxes = detector.detect(_sheet(some), SURE_FACE, exact_eyes=False)
        for box in boxes:
            column, row = (int(value // _TILE) for value in box.center)
            if 0 <= column < _TILES and 0 <= row < _TILES and row * _TILES + column < len(some):
                found[start + row * _TILES + column] = True
        for number in np.flatnonzero(~found[start : start + len(some)]):
            alone = np.repeat(some[number], 3, axis=2)
            boxes = detector.detect(alone, FACE_CONFIDENCE, exact_eyes=False)
            found[start + number] = bool(boxes)
        if progress is not None:
            progress(min(start + sheet_size, len(images)), len(images))
    return found


def _sheet(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Up to 25 faces enlarged on a black square (640, 640, 3), row by row."""
    import cv2

    sheet = np.zeros((_TILES * _TILE, _TILES * _TILE), dtype=np.uint8)
    margin = (_TILE - _FACE) // 2
    for number, image in enumerate(images):
        row, column = divmod(number, _TILES)
        top, left = row * _TILE + margin, column * _TILE + margin
        face = cv2.resize(image.reshape(FACE_SIZE, FACE_SIZE), (_FACE, _FACE))
        sheet[top : top + _FACE, left : left + _FACE] = face
    return np.repeat(sheet[..., None], 3, axis=2)


def _rows(finding: Finding, group: Any, places: NDArray[np.str_], value: Any) -> pd.DataFrame:
    table = pd.DataFrame({"path": places})
    table["finding"], table["group"], table["value"] = finding.value, group, value
    return table[list(AUDIT_COLUMNS)].astype({"group": int, "value": float})
