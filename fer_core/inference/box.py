"""Where a face is in a picture."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Box:
    """One detected face, in pixels of the picture it was found in.

    `landmarks`, float32 (5, 2), are x and y of the eye on the picture's left, the eye on its
    right, nose tip, and the mouth's corners on its left and right; None from a detector that
    finds none. Left and right are those of the picture turned by `turn`.
    """

    xyxy: tuple[float, float, float, float]  # may reach over the picture's edge
    confidence: float  # 0-1; 1.0 from a detector that gives none
    landmarks: NDArray[np.float32] | None = None
    detector: str = "YuNet"  # which decides how the face is framed
    turn: int = 0  # degrees clockwise, 0-270, that the picture must be turned for it to be upright

    @property
    def measured_confidence(self) -> float | None:
        """`confidence`; None from a detector that gives none."""
        return self.confidence if self.detector == "YuNet" else None

    @property
    def width(self) -> float:
        return self.xyxy[2] - self.xyxy[0]

    @property
    def height(self) -> float:
        return self.xyxy[3] - self.xyxy[1]

    @property
    def center(self) -> tuple[float, float]:
        left, top, right, bottom = self.xyxy
        return (left + right) / 2, (top + bottom) / 2

    @property
    def size(self) -> float:
        """Side of the square of the same area."""
        return float(np.sqrt(max(self.width, 0.0) * max(self.height, 0.0)))

    @property
    def roll(self) -> float:
        """Degrees, -180 to 180, by which the line through the eyes is turned clockwise in the
        picture turned by `turn`; 0 without landmarks.
        """
        if self.landmarks is None:
            return 0.0
        dx, dy = self.landmarks[1] - self.landmarks[0]
        return float((np.degrees(np.arctan2(dy, dx)) + self.turn + 180) % 360 - 180)

    def overlap(self, other: "Box") -> float:
        """Area that two boxes share over the area of the smaller, 0-1."""
        left, top = map(max, self.xyxy[:2], other.xyxy[:2])
        right, bottom = map(min, self.xyxy[2:], other.xyxy[2:])
        shared = max(right - left, 0.0) * max(bottom - top, 0.0)
        smaller = min(self.size, other.size) ** 2
        return shared / smaller if smaller > 0 else 0.0

    def scaled(self, x: float, y: float) -> Self:
        """The box in the same picture with so many times its width and height."""
        left, top, right, bottom = self.xyxy
        landmarks = self.landmarks
        if landmarks is not None:
            landmarks = landmarks * np.array([x, y], dtype=np.float32)
        return replace(self, xyxy=(left * x, top * y, right * x, bottom * y), landmarks=landmarks)

    def describe(self) -> str:
        """Width, height and upper left corner in whole pixels, as `90x113 at 178, 63`."""
        left, top = self.xyxy[:2]
        return f"{self.width:.0f}x{self.height:.0f} at {left:.0f}, {top:.0f}"
