"""What moves between two frames of a face: framing, light, blur, noise and what covers it.

Each quantity drifts as an Ornstein-Uhlenbeck process, whose steps follow from the seconds between
two frames, so that one recipe serves every frame rate. Strengths stand in this file alone.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.classes import FACE_SIZE

SHIFT, SHIFT_SECONDS, SHIFT_JITTER = 2.0, 0.7, 0.5
"""Pixels of the 48x48 face by which the frame drifts, in about how many seconds; and pixels by
which a detector's box jumps from frame to frame (standard deviations, as all that follow)."""
ANGLE, ANGLE_SECONDS, ANGLE_JITTER = 5.0, 0.8, 1.0
"""Degrees."""
SCALE, SCALE_SECONDS, SCALE_JITTER = 0.06, 0.8, 0.015
"""Of the size, as a logarithm."""
GAIN, GAIN_SECONDS = 0.3, 1.5
"""Of the brightness, as a logarithm."""
MOTION_BLUR, MOTION_SECONDS = 0.8, 0.3
"""Pixels of blur that come and go."""
MOST_BLUR = 0.8
"""Pixels of blur that a clip's camera may have throughout."""
MOST_NOISE = 14.0
"""Gray levels of noise that a clip's camera may have."""
FAR_SHARE, FAR_SIDES = 0.3, (20, 40)
"""Share of the clips whose face is far away, and its side there in pixels."""
COVERS_A_SECOND, COVER_SECONDS = 0.08, (0.3, 1.2)
"""How often something covers part of the face, and for how long."""
_COVERED_ROWS, _COVERED_COLUMNS, _COVER_GRAYS = (24, 34), (8, 20), (40.0, 200.0)


@dataclass(frozen=True)
class _Course:
    """How one clip is disturbed, an entry a frame: float (t,), of `cover` a rectangle (left, top,
    right, bottom) and its gray value or None.
    """

    shift: NDArray[np.float64]  # (t, 2)
    angle: NDArray[np.float64]
    scale: NDArray[np.float64]
    gain: NDArray[np.float64]
    blur: NDArray[np.float64]
    cover: list[tuple[int, int, int, int, float] | None]
    noise: float
    side: int
    mirrored: bool


def disturb(
    faces: NDArray[np.float32], elapsed: NDArray[np.float32], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """The frames of one clip as a camera and a face detector would give them.

    Args:
        faces: float32 (t, 48, 48), gray, 0-255, undisturbed.
        elapsed: float32 (t,), seconds since the frame before.
        rng: of all that is drawn.

    Returns:
        uint8 (t, 48, 48, 1).
    """
    course = _draw(elapsed.astype(np.float64), rng)
    frames = np.stack([_frame(face, course, index) for index, face in enumerate(faces)])
    if course.noise:
        frames += course.noise * rng.standard_normal(frames.shape, dtype=np.float32)
    return np.clip(np.rint(frames), 0, 255).astype(np.uint8)[..., None]


def _draw(elapsed: NDArray[np.float64], rng: np.random.Generator) -> _Course:
    count = len(elapsed)

    def drift(deviation: float, seconds: float, jitter: float = 0.0) -> NDArray[np.float64]:
        slow = _drift(elapsed, seconds, rng)
        return deviation * slow + jitter * rng.standard_normal(count)

    return _Course(
        shift=np.stack([drift(SHIFT, SHIFT_SECONDS, SHIFT_JITTER) for _ in range(2)], axis=1),
        angle=drift(ANGLE, ANGLE_SECONDS, ANGLE_JITTER),
        scale=np.exp(drift(SCALE, SCALE_SECONDS, SCALE_JITTER)),
        gain=np.exp(drift(GAIN, GAIN_SECONDS)),
        blur=rng.uniform(0, MOST_BLUR) + np.maximum(drift(MOTION_BLUR, MOTION_SECONDS), 0.0),
        cover=_covers(elapsed, rng),
        noise=float(rng.uniform(0, MOST_NOISE)),
        side=int(rng.integers(*FAR_SIDES)) if rng.random() < FAR_SHARE else FACE_SIZE,
        mirrored=bool(rng.random() < 0.5),
    )


def _drift(
    elapsed: NDArray[np.float64], seconds: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """An Ornstein-Uhlenbeck process of deviation 1 that forgets within about so many seconds."""
    steps = rng.standard_normal(len(elapsed))
    kept = np.exp(-elapsed / seconds)
    values = np.empty(len(elapsed))
    value = steps[0]
    for index in range(len(elapsed)):
        if index:
            value = kept[index] * value + np.sqrt(1 - kept[index] ** 2) * steps[index]
        values[index] = value
    return values


def _covers(
    elapsed: NDArray[np.float64], rng: np.random.Generator
) -> list[tuple[int, int, int, int, float] | None]:
    """For each frame what covers the face: from below, as a hand or a cup, or from a side."""
    covers: list[tuple[int, int, int, int, float] | None] = []
    left = 0.0  # seconds for which the present cover stays
    cover: tuple[int, int, int, int, float] | None = None
    for index, seconds in enumerate(elapsed):
        left -= seconds if index else 0.0
        if left <= 0:
            cover = None
            if rng.random() < 1 - np.exp(-COVERS_A_SECOND * seconds):
                left = float(rng.uniform(*COVER_SECONDS))
                cover = _cover(rng)
        covers.append(cover)
    return covers


def _cover(rng: np.random.Generator) -> tuple[int, int, int, int, float]:
    gray = float(rng.uniform(*_COVER_GRAYS))
    kind = rng.integers(4)
    if kind < 2:
        return (4, int(rng.integers(*_COVERED_ROWS)), FACE_SIZE - 4, FACE_SIZE, gray)
    width = int(rng.integers(*_COVERED_COLUMNS))
    start = 0 if kind == 2 else FACE_SIZE - width
    return start, 0, start + width, FACE_SIZE, gray


def _frame(face: NDArray[np.float32], course: _Course, index: int) -> NDArray[np.float32]:
    """One frame, float32 (48, 48), without noise."""
    shown: Any = face[:, ::-1] if course.mirrored else face
    center = (FACE_SIZE - 1) / 2
    matrix = cv2.getRotationMatrix2D((center, center), course.angle[index], course.scale[index])
    matrix[:, 2] += course.shift[index]
    size = (FACE_SIZE, FACE_SIZE)
    shown = cv2.warpAffine(
        np.ascontiguousarray(shown), matrix, size, borderMode=cv2.BORDER_REPLICATE
    )
    if (cover := course.cover[index]) is not None:
        left, top, right, bottom, gray = cover
        shown[top:bottom, left:right] = gray
    if course.side < FACE_SIZE:
        small = cv2.resize(shown, (course.side, course.side), interpolation=cv2.INTER_AREA)
        shown = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
    if course.blur[index] > 0.2:
        shown = cv2.GaussianBlur(shown, (0, 0), course.blur[index])
    lit: NDArray[np.float32] = np.minimum(course.gain[index] * shown, 255.0).astype(np.float32)
    return lit
