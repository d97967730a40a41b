"""What cameras, rooms and video calls do to a face, each at one fixed strength.

The idea is that of common corruptions (Hendrycks & Dietterich 2019, arXiv:1903.12261):
a network is measured on the same images once more, each corrupted in one known way. Where
their benchmark has five severities, each corruption here has one, so that tables of
different runs compare. The strengths stand in this file and nowhere else.

All corruptions act on the 48x48 face, after detection and framing; a pixel of blur or a
JPEG block is therefore larger, seen on the face, than it would be in a whole photograph.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import FACE_SIZE, check_faces

Images = NDArray[np.uint8]

BLUR_SIGMA = 1.5
"""Pixels of the 48x48 face."""
JPEG_QUALITY = 30
LOW_LIGHT_GAIN, LOW_LIGHT_GAMMA = 0.4, 1.5
"""v -> gain * v ** gamma for v in 0-1: middle gray 128 becomes 36, white 102."""
OVER_EXPOSURE_GAIN = 2.0
"""Everything from gray 128 on is clipped to white."""
NOISE_SIGMA = 20.0
"""Gray levels of 255."""
ANGLE = 20.0
"""Degrees."""
FRAMING_ERROR = 0.15
"""Of the side of the square that is cut out."""
LOW_RESOLUTION = 24
"""Pixels a side."""
MASK_TOP, MASK_MARGIN, MASK_GRAY = 29, 4, 170
"""First row, columns left free on either side, gray level."""


@dataclass(frozen=True)
class Corruption:
    """One way to corrupt a face.

    It is called `name` in files and `title`, at most 20 characters, in tables and charts. Tables
    compare only where its `strength` is equal, as `sigma 1.5 px`; `meaning` is what causes it.
    `change` takes uint8 (n, 48, 48, 1) and a random generator and returns as many faces.
    """

    name: str
    title: str
    strength: str
    meaning: str
    change: Callable[[Images, np.random.Generator], Images]

    def apply(self, faces: Images, seed: int = 0) -> Images:
        """Corrupted copies of `faces`, uint8 (n, 48, 48, 1), gray, 0-255; n may be 0.

        The seed is of what is drawn for each face (noise, the direction of a shift): faces in the
        same order with the same seed give equal results.

        Raises:
            ValueError: another shape or dtype.
        """
        check_faces(faces)
        return self.change(faces, np.random.default_rng([seed, *self.name.encode()]))


def _blur(faces: Images, rng: np.random.Generator) -> Images:
    import cv2

    edges = cv2.BORDER_REPLICATE
    return _each(faces, lambda face: cv2.GaussianBlur(face, (0, 0), BLUR_SIGMA, borderType=edges))


def _jpeg(faces: Images, rng: np.random.Generator) -> Images:
    import cv2

    def compress(face: Images) -> Any:
        _, data = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)

    return _each(faces, compress)


def _low_light(faces: Images, rng: np.random.Generator) -> Images:
    levels = LOW_LIGHT_GAIN * (np.arange(256) / 255) ** LOW_LIGHT_GAMMA
    return _to_bytes(255 * levels)[faces]


def _add_noise(faces: Images, rng: np.random.Generator) -> Images:
    noise = rng.standard_normal(faces.shape, dtype=np.float32)
    return _to_bytes(faces + np.float32(NOISE_SIGMA) * noise)


def _frame_aside(faces: Images, rng: np.random.Generator) -> Images:
    directions = rng.uniform(0, 2 * np.pi, len(faces))
    distance = FRAMING_ERROR * FACE_SIZE
    return _warp(faces, distance * np.column_stack([np.cos(directions), np.sin(directions)]))


def _lower_resolution(faces: Images, rng: np.random.Generator) -> Images:
    import cv2

    def shrink(face: Images) -> Any:
        small = cv2.resize(face, (LOW_RESOLUTION, LOW_RESOLUTION), interpolation=cv2.INTER_AREA)
        return cv2.resize(small, (FACE_SIZE, FACE_SIZE), interpolation=cv2.INTER_LINEAR)

    return _each(faces, shrink)


def _cover_lower_part(faces: Images, rng: np.random.Generator) -> Images:
    covered = np.array(faces)
    covered[:, MASK_TOP:, MASK_MARGIN : FACE_SIZE - MASK_MARGIN] = MASK_GRAY
    return covered


def _each(faces: Images, change: Callable[[Images], Any]) -> Images:
    """`change` applied to every face, (48, 48) in and out."""
    changed = np.empty(faces.shape, np.uint8)
    for i, face in enumerate(faces):
        changed[i, :, :, 0] = change(face[:, :, 0])
    return changed


def _warp(
    faces: Images,
    shifts: NDArray[np.float64] | None = None,
    *,
    angle: float = 0.0,
    scale: float = 1.0,
) -> Images:
    """Faces turned (degrees, counter-clockwise) and scaled about their centre, then moved
    by `shifts` (n, 2), x and y in pixels; what comes in from outside repeats the edge.
    """
    import cv2

    center = (FACE_SIZE - 1) / 2
    matrix = cv2.getRotationMatrix2D((center, center), angle, scale)
    changed = np.empty(faces.shape, np.uint8)
    for i, face in enumerate(faces):
        moved = matrix.copy()
        if shifts is not None:
            moved[:, 2] += shifts[i]
        changed[i, :, :, 0] = cv2.warpAffine(
            face[:, :, 0],
            moved,
            (FACE_SIZE, FACE_SIZE),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
    return changed


def _to_bytes(values: NDArray[np.floating]) -> Images:
    array: Images = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return array


UNTOUCHED = Corruption(
    "clean", "clean", "untouched", "The test images themselves.", lambda faces, rng: faces
)
"""What every corruption is set against."""

CORRUPTIONS: tuple[Corruption, ...] = (
    Corruption(
        "blur",
        "blur",
        f"Gaussian, sigma {BLUR_SIGMA} px of 48",
        "A camera out of focus, or a face in motion.",
        _blur,
    ),
    Corruption(
        "jpeg",
        f"JPEG quality {JPEG_QUALITY}",
        f"quality {JPEG_QUALITY}, on the 48x48 face",
        "A picture stored small, or a video call over a slow line.",
        _jpeg,
    ),
    Corruption(
        "low_light",
        "low light",
        f"gain {LOW_LIGHT_GAIN}, gamma {LOW_LIGHT_GAMMA}",
        "A dark room: shades fall together near black.",
        _low_light,
    ),
    Corruption(
        "over_exposure",
        "over-exposure",
        f"gain {OVER_EXPOSURE_GAIN}, clipped",
        "A window or lamp before the face: bright skin burns out to white.",
        lambda faces, rng: _to_bytes(OVER_EXPOSURE_GAIN * np.arange(256))[faces],
    ),
    Corruption(
        "noise",
        "noise",
        f"Gaussian, sigma {NOISE_SIGMA:.0f} of 255",
        "A small sensor at high gain.",
        _add_noise,
    ),
    Corruption(
        "turned_left",
        f"turned left {ANGLE:.0f}°",
        f"{ANGLE:.0f} degrees counter-clockwise, edges repeated",
        "A tilted head, where eyes were not found to level it by.",
        lambda faces, rng: _warp(faces, angle=ANGLE),
    ),
    Corruption(
        "turned_right",
        f"turned right {ANGLE:.0f}°",
        f"{ANGLE:.0f} degrees clockwise, edges repeated",
        "A head tilted the other way.",
        lambda faces, rng: _warp(faces, angle=-ANGLE),
    ),
    Corruption(
        "framed_tighter",
        f"framed {100 * FRAMING_ERROR:.0f} % tighter",
        f"a square with {1 - FRAMING_ERROR:.2f} of the side",
        "A detector whose box is too small: chin and forehead are cut off.",
        lambda faces, rng: _warp(faces, scale=1 / (1 - FRAMING_ERROR)),
    ),
    Corruption(
        "framed_wider",
        f"framed {100 * FRAMING_ERROR:.0f} % wider",
        f"a square with {1 + FRAMING_ERROR:.2f} of the side, edges repeated",
        "A detector whose box is too large: the face is small in its picture.",
        lambda faces, rng: _warp(faces, scale=1 / (1 + FRAMING_ERROR)),
    ),
    Corruption(
        "framed_aside",
        f"shifted {100 * FRAMING_ERROR:.0f} %",
        f"moved by {FRAMING_ERROR * FACE_SIZE:.1f} px in a random direction, edges repeated",
        "A detector whose box sits beside the face.",
        _frame_aside,
    ),
    Corruption(
        "low_resolution",
        f"{LOW_RESOLUTION}x{LOW_RESOLUTION} pixels",
        f"averaged to {LOW_RESOLUTION}x{LOW_RESOLUTION}, enlarged bilinearly",
        "A face far from the camera.",
        _lower_resolution,
    ),
    Corruption(
        "mask",
        "lower face covered",
        f"rows {MASK_TOP}-{FACE_SIZE - 1}, columns {MASK_MARGIN}-{FACE_SIZE - MASK_MARGIN - 1}, "
        f"gray {MASK_GRAY}",
        "A mask, a scarf, a hand or a cup before mouth and chin.",
        _cover_lower_part,
    ),
)
"""In the order of every table and chart."""


def examples_of(face: Images) -> list[tuple[Corruption, Images]]:
    """What each corruption makes of one face: the face untouched, then each of `CORRUPTIONS` with
    its title, strength and meaning, in the order of every table.

    Args:
        face: uint8 (48, 48), gray, as `FacePrediction.face` or an image of the data set.

    Returns:
        Pairs of corruption and face, uint8 (48, 48), the same for the same face.

    Raises:
        ValueError: another shape or dtype.
    """
    return [
        (kind, kind.apply(face[None, ..., None])[0, ..., 0]) for kind in (UNTOUCHED, *CORRUPTIONS)
    ]
