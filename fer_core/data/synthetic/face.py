"""Draws one gray face with OpenCV from a handful of parameters.

Coordinates are head units: the origin lies between eyes and nose, x to the right and
y down, and the head is about 1.5 wide and 2 high.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_SHIFT = 4  # binary digits behind the point in OpenCV's drawing coordinates
Points = NDArray[np.float64]
Mask = NDArray[np.float32]


@dataclass(frozen=True)
class Expression:
    """What the muscles do; all 0 (and eyes 1) is a face at rest."""

    brow_raise: float = 0.0  # -1 lowered to 1 raised
    brow_tilt: float = 0.0  # -1 inner ends up (worry) to 1 inner ends down (frown)
    brow_arch: float = 0.2  # extra bend of the brows, 0-1
    eyes: float = 1.0  # opening of the eyes, 0 closed, 1 at rest, 1.6 wide
    squint: float = 0.0  # raised lower lids, 0-1
    mouth_curve: float = 0.0  # -1 corners down to 1 corners up
    mouth_open: float = 0.0  # 0 closed to 1 wide open
    mouth_width: float = 1.0  # factor on the width of the mouth, 0.5-1.5
    lip_raise: float = 0.0  # raised upper lip, 0-1
    nose_wrinkle: float = 0.0  # 0-1
    teeth: float = 0.0  # teeth shown in an open mouth, 0-1


@dataclass(frozen=True)
class Person:
    """Who is drawn; lengths in head units, grays 0-255."""

    width: float = 0.74
    jaw: float = 0.25
    skin: float = 185.0
    hair: float = 50.0
    hairline: float = -0.62
    iris: float = 70.0
    brow_width: float = 0.055
    eye_size: float = 0.17
    nose_width: float = 0.15
    lips: float = 0.06


@dataclass(frozen=True)
class Scene:
    """How the face is placed and lit."""

    scale: float = 1.0  # half the picture's width in pixels covers 1 / scale head units
    roll: float = 0.0  # degrees, clockwise
    shift: tuple[float, float] = (0.0, 0.0)  # (x, y) in head units
    yaw: float = 0.0  # -1 to 1, turns the features to the left or right
    light: float = 0.0  # -1 to 1, light from the left or right
    background: float = 110.0  # gray, 0-255


class Canvas:
    """A gray picture, float32 (size, size), painted through soft masks."""

    def __init__(self, size: int, scene: Scene) -> None:
        self.size = size
        self.unit = size / 2 * scene.scale
        angle = np.deg2rad(scene.roll)
        self._turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        self._shift = np.array(scene.shift)
        ramp = np.linspace(-1, 1, size, dtype=np.float32)
        self.pixels = scene.background * (1 + 0.12 * ramp[:, None] + 0.15 * scene.light * ramp)

    def mask(self, points: Points, stroke: float = 0.0) -> Mask:
        """The inside of a closed outline or, with a `stroke` width, a line; 0-1."""
        return self._fill(self._place(points), stroke, (self.size, self.size))

    def _place(self, points: Points) -> Points:
        """From head units to pixels."""
        placed: Points = (points @ self._turn.T + self._shift) * self.unit + self.size / 2
        return placed

    def _fill(self, pixels: Points, stroke: float, shape: tuple[int, int]) -> Mask:
        fixed = [np.round(pixels * (1 << _SHIFT)).astype(np.int32)]
        image = np.zeros(shape, np.uint8)
        if stroke:
            thickness = max(1, round(stroke * self.unit))
            cv2.polylines(image, fixed, False, 255, thickness, cv2.LINE_AA, _SHIFT)
        else:
            cv2.fillPoly(image, fixed, 255, cv2.LINE_AA, _SHIFT)
        return np.asarray(image, np.float32) / np.float32(255)

    def soften(self, mask: Mask, blur: float) -> Mask:
        """Blurs `mask` by `blur` head units."""
        sigma = blur * self.unit
        if sigma < 0.3:
            return mask
        if sigma > 6:  # three box filters come near a Gaussian and cost the same at any width
            width = 2 * round(sigma) + 1
            for _ in range(3):
                mask = np.asarray(cv2.blur(mask, (width, width)), np.float32)
            return mask
        return np.asarray(cv2.GaussianBlur(mask, (0, 0), sigma), np.float32)

    def paint(self, mask: Mask, gray: float, strength: float = 1.0) -> None:
        """Blends `gray` in where `mask` is."""
        self.pixels += mask * strength * (gray - self.pixels)

    def shade(self, points: Points, amount: float, blur: float, stroke: float = 0.0) -> None:
        """Makes a soft-edged part darker (amount < 0) or lighter, as a share of its gray.

        Works on the part's surroundings only, which makes a face several times faster.
        """
        if abs(amount) < 1e-3:
            return
        pixels = self._place(points)
        reach = (3 * blur + stroke) * self.unit + 2
        low = np.clip(np.floor(pixels.min(axis=0) - reach), 0, self.size).astype(int)
        high = np.clip(np.ceil(pixels.max(axis=0) + reach), 0, self.size).astype(int)
        if (low >= high).any():
            return
        window = (slice(low[1], high[1]), slice(low[0], high[0]))
        mask = self._fill(pixels - low, stroke, (high[1] - low[1], high[0] - low[0]))
        self.pixels[window] *= 1 + amount * self.soften(mask, blur)


def draw(size: int, expression: Expression, person: Person, scene: Scene) -> NDArray[np.float32]:
    """Draws a face, float32 (size, size), about 0-255."""
    canvas = Canvas(size, scene)
    _head(canvas, person, scene)
    turn = 0.10 * scene.yaw
    for side in (-1, 1):
        _eye(canvas, side, turn, expression, person)
        _brow(canvas, side, turn, expression, person)
    _nose(canvas, turn, expression, person)
    _mouth(canvas, turn, expression, person)
    return canvas.pixels.astype(np.float32)


def ellipse(center: Sequence[float], radii: Sequence[float]) -> Points:
    """Outline of an ellipse, (48, 2)."""
    t = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    return np.stack([center[0] + radii[0] * np.cos(t), center[1] + radii[1] * np.sin(t)], axis=1)


def arc(
    left: Sequence[float], right: Sequence[float], bend: float, roundness: float = 0.0
) -> Points:
    """A curve from `left` to `right`, its middle lower by `bend`; (24, 2).

    `roundness` leads from a parabola (0) to half an ellipse (1).
    """
    t = np.linspace(0, 1, 24)
    line = np.outer(1 - t, left) + np.outer(t, right)
    line[:, 1] += bend * (4 * t * (1 - t)) ** (1 - 0.5 * roundness)
    return line


def _moved(points: Points, down: float) -> Points:
    moved: Points = points + np.array((0.0, down))
    return moved


def _head(canvas: Canvas, person: Person, scene: Scene) -> None:
    skin, width = person.skin, person.width
    t = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    taper = 1 - person.jaw * np.clip(np.sin(t), 0, 1) ** 2
    side_ways = np.sign(np.cos(t)) * np.abs(np.cos(t)) ** np.where(np.sin(t) > 0, 0.8, 1.0)
    outline = np.stack([width * side_ways * taper, 0.1 + 0.98 * np.sin(t)], axis=1)
    cloth = np.array(
        [[-1.6, 2.6], [-1.3, 1.45], [-0.4, 1.15], [0.4, 1.15], [1.3, 1.45], [1.6, 2.6]]
    )
    neck = np.array([[-0.4, 0.6], [0.4, 0.6], [0.46, 1.4], [0, 1.55], [-0.46, 1.4]])
    hair = canvas.mask(ellipse((0, -0.16), (width + 0.1, 0.98)))
    canvas.paint(hair, person.hair)
    canvas.paint(canvas.mask(cloth), 0.5 * person.hair + 40)
    canvas.paint(canvas.mask(neck), 0.72 * skin)
    for side in (-1, 1):
        canvas.paint(canvas.mask(ellipse((side * (width + 0.02), 0.08), (0.09, 0.2))), 0.85 * skin)
    head = canvas.soften(canvas.mask(outline), 0.01)
    canvas.paint(head, skin)
    # Round it: darker to the rim, brighter on the side of the light.
    inner = canvas.soften(canvas.mask(outline * [0.72, 0.8] + [0, 0.02]), 0.22)
    canvas.pixels *= 1 - head * 0.30 * (1 - inner)
    for side in (-1, 1):
        lit = canvas.soften(canvas.mask(ellipse((side * 0.5, 0.1), (0.4, 0.9))), 0.2) * head
        canvas.pixels *= 1 + 0.35 * scene.light * side * lit
    fringe = np.concatenate(
        [
            arc((-width - 0.1, -0.1), (width + 0.1, -0.1), -1.15),
            arc((width - 0.05, -0.1), (-width + 0.05, -0.1), 1.15 * person.hairline),
        ]
    )
    canvas.paint(canvas.soften(canvas.mask(fringe), 0.02) * hair, person.hair)
    canvas.shade(arc((-0.45, -0.72), (0.45, -0.72), -0.22), 0.35, 0.07, 0.12)
    canvas.shade(ellipse((0, -0.45), (0.35, 0.14)), 0.08, 0.1)  # forehead
    canvas.shade(ellipse((0, 0.92), (0.18, 0.09)), 0.06, 0.06)  # chin
    canvas.shade(arc((-0.2, 0.80), (0.2, 0.80), 0.05), -0.10, 0.05, 0.05)


def _eye(canvas: Canvas, side: int, turn: float, face: Expression, person: Person) -> None:
    x, y, size = side * 0.32 + turn, -0.06, person.eye_size
    canvas.shade(ellipse((x, y - 0.02), (0.23, 0.15)), -0.22, 0.06)
    upper = -0.085 * face.eyes - 0.005
    lower = 0.065 * min(face.eyes, 1.25) * (1 - 0.6 * face.squint)
    left, right = (x - size, y + 0.01), (x + size, y + 0.01)
    lid, under = arc(left, right, upper), arc(left, right, lower)
    opening = canvas.mask(np.concatenate([lid, under[::-1]]))
    canvas.paint(opening, min(245.0, person.skin + 55))
    gaze = (x + 0.3 * turn, y - 0.005)
    canvas.paint(canvas.mask(ellipse(gaze, (0.085, 0.085))) * opening, person.iris)
    canvas.paint(canvas.mask(ellipse(gaze, (0.042, 0.042))) * opening, 15)
    glint = ellipse((gaze[0] - 0.03, gaze[1] - 0.03), (0.018, 0.018))
    canvas.paint(canvas.mask(glint) * opening, 250)
    canvas.paint(canvas.mask(lid, 0.032), 35, 0.9)
    canvas.paint(canvas.mask(under, 0.014), 0.45 * person.skin, 0.7)
    canvas.shade(_moved(lid, -0.06), -0.25, 0.015, 0.025)
    canvas.shade(_moved(under, 0.07), -0.12 - 0.2 * face.squint, 0.02, 0.03)


def _brow(canvas: Canvas, side: int, turn: float, face: Expression, person: Person) -> None:
    y = -0.30 - 0.13 * face.brow_raise
    inner = (side * (0.14 - 0.03 * max(face.brow_tilt, 0)) + turn, y + 0.11 * face.brow_tilt)
    outer = (side * 0.54 + turn, y + 0.03 - 0.07 * face.brow_tilt)
    line = arc(inner, outer, -0.05 - 0.09 * face.brow_arch)
    thick = person.brow_width * np.linspace(1, 0.45, len(line))[:, None] * [0, 0.5]
    hair = canvas.soften(canvas.mask(np.concatenate([line - thick, (line + thick)[::-1]])), 0.008)
    canvas.paint(hair, 0.8 * person.hair + 5, 0.92)
    if face.brow_tilt > 0.2:  # the frown's upright folds
        fold = arc((side * 0.06 + turn, -0.38), (side * 0.07 + turn, -0.20), 0)
        canvas.shade(fold, -0.4 * face.brow_tilt, 0.012, 0.025)
    if face.brow_raise > 0.3:  # lines on the forehead
        for height in (-0.50, -0.57):
            crease = arc((turn, height), (side * 0.3 + turn, height), -0.01)
            canvas.shade(crease, -0.22 * face.brow_raise, 0.012, 0.02)


def _nose(canvas: Canvas, turn: float, face: Expression, person: Person) -> None:
    x, w = 1.4 * turn, person.nose_width
    tip = 0.38 - 0.04 * face.nose_wrinkle
    canvas.shade(arc((turn, -0.15), (x, tip - 0.06), 0), 0.14, 0.03, 0.07)
    canvas.shade(ellipse((x, tip - 0.02), (0.07, 0.06)), 0.12, 0.03)
    for side in (-1, 1):
        canvas.shade(arc((side * 0.08 + turn, -0.1), (side * w + x, tip), 0), -0.16, 0.03, 0.05)
        canvas.shade(ellipse((side * w * 0.85 + x, tip + 0.01), (0.06, 0.06)), -0.10, 0.02)
        nostril = canvas.mask(ellipse((side * w * 0.5 + x, tip + 0.055), (0.042, 0.022)))
        canvas.paint(canvas.soften(nostril, 0.008), 0.25 * person.skin, 0.85)
        for step in range(3):  # wrinkles across the bridge and beside it
            y = -0.05 + 0.08 * step
            wrinkle = arc((turn, y + 0.02), (side * 0.15 + turn, y - 0.04), 0.01)
            canvas.shade(wrinkle, -0.45 * face.nose_wrinkle, 0.01, 0.025)
    canvas.shade(arc((x - w, tip + 0.09), (x + w, tip + 0.09), 0.03), -0.18, 0.03, 0.05)


def _mouth(canvas: Canvas, turn: float, face: Expression, person: Person) -> None:
    x, y, half = 1.2 * turn, 0.62, 0.27 * face.mouth_width
    rise, gap = 0.14 * face.mouth_curve, 0.30 * face.mouth_open
    left, right = (x - half, y - 0.6 * rise), (x + half, y - 0.6 * rise)
    thin = person.lips * (1 - 0.45 * max(0.0, -face.mouth_curve))
    above = rise * 0.9 - 0.25 * gap - 0.10 * face.lip_raise
    below = rise * 1.1 + 0.80 * gap
    roundness = min(1.0, max(0.0, face.mouth_open))
    rim, upper, lower, edge = (
        arc(left, right, bend, roundness)
        for bend in (above - 1.5 * thin, above, below, below + 2.0 * thin)
    )
    lip_gray = 0.66 * person.skin
    top = canvas.mask(np.concatenate([rim, upper[::-1]]))
    bottom = canvas.mask(np.concatenate([lower, edge[::-1]]))
    canvas.paint(canvas.soften(top, 0.008), lip_gray * 0.9, 0.9)
    canvas.paint(canvas.soften(bottom, 0.008), lip_gray * 1.08, 0.9)
    if face.mouth_open > 0.05 or face.lip_raise > 0.2:
        inside = canvas.mask(np.concatenate([upper, lower[::-1]]))
        canvas.paint(inside, 28)
        depth = 0.10 * face.teeth + 0.02
        teeth = canvas.mask(np.concatenate([upper, _moved(upper, depth)[::-1]]))
        canvas.paint(teeth * inside, min(225.0, person.skin + 50), min(1.0, face.teeth * 2))
    else:
        canvas.paint(canvas.mask((upper + lower) / 2, 0.028), 0.25 * person.skin, 0.9)
    shadow = y + 0.19 + gap * 0.7
    canvas.shade(arc((x - 0.5 * half, shadow), (x + 0.5 * half, shadow), 0.02), -0.14, 0.03, 0.05)
    depth = max(0.0, face.mouth_curve) * 0.8 + face.lip_raise * 0.9 + 0.12
    for side in (-1, 1):  # the folds from nose to mouth, and the cheeks of a smile
        fold = arc((x + side * 0.2, 0.36), (x + side * (half + 0.09), y - 0.6 * rise), 0.0)
        canvas.shade(fold, -0.30 * depth, 0.018, 0.03)
        cheek = ellipse((turn + side * 0.42, 0.28), (0.16, 0.13))
        canvas.shade(cheek, 0.04 + 0.10 * max(0.0, face.mouth_curve), 0.06)
        corner = ellipse((x + side * half, y - 0.6 * rise), (0.035, 0.03))
        canvas.shade(corner, -0.3, 0.02)
