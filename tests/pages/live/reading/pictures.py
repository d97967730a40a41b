"""Fifty pictures for reading in Python and in the browser: a photographed and drawn faces."""

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

from fer_core.data.synthetic.dataset import draw_face

COUNT = 50
_SIZES = ((480, 640), (240, 320), (480, 640), (720, 1280), (480, 848), (640, 360))  # height, width
_FACES = (110, 150, 200, 260, 330)  # pixels of the pasted square, of 480 of the picture's height
_LEAST = 100  # and at least
_TILTS = (0, 10, -15, 25, -30, 5, -8)  # degrees
_LIGHTS = (1.0, 0.5, 1.4, 0.7)


def pictures() -> list[NDArray[np.uint8]]:
    """uint8 (h, w, 3), BGR; the last two show a face that fills the picture, and none."""
    made = [_picture(index, np.random.default_rng(index)) for index in range(COUNT - 2)]
    return [
        *made,
        _photograph(300)[40:260, 40:260],
        _background(480, 640, np.random.default_rng(99)),
    ]


def _picture(index: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    height, width = _SIZES[index % len(_SIZES)]
    scene = _background(height, width, rng).astype(np.float64)
    side = max(_LEAST, _FACES[index % len(_FACES)] * height // 480)
    places = [0.5] if index % 7 else [0.26, 0.74]
    for number, place in enumerate(places):
        drawn = (index + number) % 3 == 0
        face = _drawn(side, rng) if drawn else _photograph(side)
        middle = width * place + rng.uniform(-0.1, 0.1) * width, height * rng.uniform(0.42, 0.58)
        _paste(scene, face, middle, _TILTS[index % len(_TILTS)])
    lit = np.clip(scene * _LIGHTS[index % len(_LIGHTS)], 0, 255)
    return lit.astype(np.uint8)


def _background(height: int, width: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    coarse = rng.integers(90, 150, (6, 8, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def _photograph(side: int) -> NDArray[np.uint8]:
    face = np.ascontiguousarray(data.astronaut()[10:240, 110:340, ::-1])
    return np.asarray(cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def _drawn(side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    face = draw_face(int(rng.integers(7)), rng, side, portrait=True)
    return np.asarray(cv2.cvtColor(face, cv2.COLOR_GRAY2BGR), np.uint8)


def _paste(
    scene: NDArray[np.float64], face: NDArray[np.uint8], middle: tuple[float, float], tilt: float
) -> None:
    height, width = scene.shape[:2]
    half = face.shape[0] / 2
    matrix = cv2.getRotationMatrix2D((half, half), -tilt, 1.0)
    matrix[:, 2] += np.array(middle) - half
    mask = np.zeros(face.shape[:2], np.uint8)
    cv2.circle(mask, (int(half), int(half)), int(half), 255, -1)
    shares = cv2.warpAffine(mask, matrix, (width, height))[..., None] / 255
    scene[:] = scene * (1 - shares) + shares * cv2.warpAffine(face, matrix, (width, height))
