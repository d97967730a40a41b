"""A data set of drawn faces: the pipeline can be tried without any download.

    python -m fer_core data synthetic DIR

Seven parametric expressions on drawn heads, in the folder layout of the real data
set. They are easy to tell apart and say nothing about real faces, so every place
that shows a figure from them says that they are drawn (`SYNTHETIC_MARKER`).
"""

import hashlib
from dataclasses import fields
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, FACE_SIZE
from fer_core.data.download.install import install, locked
from fer_core.data.layout import Sorted, class_folders
from fer_core.data.synthetic.face import Expression, Person, Scene, draw
from fer_core.errors import DataError
from fer_core.progress import Progress

EXPRESSIONS = {
    "angry": Expression(-0.5, 1.0, 0.0, 0.75, 0.4, -0.35, 0.0, 0.85),
    "disgusted": Expression(-0.35, 0.45, 0.1, 0.55, 0.7, -0.45, 0.12, 0.85, 0.9, 1.0, 0.6),
    "fearful": Expression(0.75, -0.75, 0.0, 1.45, 0.0, -0.3, 0.4, 1.2, 0.0, 0.0, 0.6),
    "happy": Expression(0.1, -0.05, 0.4, 0.75, 0.7, 1.0, 0.35, 1.3, 0.0, 0.0, 1.0),
    "neutral": Expression(),
    "sad": Expression(0.1, -0.95, 0.0, 0.65, 0.0, -0.9, 0.0, 0.85),
    "surprised": Expression(1.0, 0.0, 1.0, 1.6, 0.0, 0.0, 1.0, 0.68, 0.0, 0.0, 0.1),
}
"""The middle of each class; every face deviates a little."""

_JITTER = 0.08
_PORTRAIT = 96


def draw_face(
    label: int, rng: np.random.Generator, size: int = FACE_SIZE, *, portrait: bool | None = None
) -> NDArray[np.uint8]:
    """Draws a face that shows one emotion, an index into `CLASS_NAMES`: uint8 (size, size), gray.

    Its `size` is 16-2048 pixels; `rng` decides person, pose, light and noise. A `portrait` has
    room around the head, is sharp and upright, as a photograph; else the framing is tight and
    noisier as in the data set. None: a portrait above 96 pixels.

    Raises:
        DataError: no such label or size.
    """
    if not 0 <= label < len(CLASS_NAMES):
        raise DataError(f"Label {label} is no class. Valid: 0 to {len(CLASS_NAMES) - 1}.")
    if not 16 <= size <= 2048:
        raise DataError(f"A face of {size} pixels cannot be drawn. Valid: 16 to 2048.")
    portrait = size > _PORTRAIT if portrait is None else portrait
    expression = _vary(EXPRESSIONS[CLASS_NAMES[label]], rng)
    person = _person(rng)
    scene = _scene(rng, portrait=portrait)
    drawn = draw(size * (2 if size > _PORTRAIT else 3), expression, person, scene)
    face = cv2.resize(drawn, (size, size), interpolation=cv2.INTER_AREA)
    if not portrait:
        face = cv2.GaussianBlur(face, (0, 0), rng.uniform(0.25, 0.75))
    face = (face - 128) * rng.uniform(0.85, 1.1) + 128 + rng.uniform(-12, 12)
    face = face + rng.normal(0, 1.5 if portrait else rng.uniform(1, 6), face.shape)
    return np.clip(np.round(face), 0, 255).astype(np.uint8)


def write_synthetic(
    folder: Path,
    *,
    train_per_class: int = 60,
    test_per_class: int = 20,
    seed: int = 0,
    progress: Progress | None = None,
) -> Path:
    """Writes a data set of drawn faces, 1-10000 a class, and replaces one of drawn faces that is
    in `folder`; equal arguments give equal files.

    Raises:
        DataError: a number out of range, or `folder` holds other data.
    """
    counts = {"train": train_per_class, "test": test_per_class}
    for split, count in counts.items():
        if not 1 <= count <= 10_000:
            raise DataError(f"{split}: {count} images a class are not possible. Valid: 1 to 10000.")
    total = len(CLASS_NAMES) * sum(counts.values())

    def fill(making: Path) -> Sorted:
        places: dict[str, str] = {}
        for key in class_folders():
            split, name = key.split("/")
            (making / key).mkdir(parents=True)
            for number in range(counts[split]):
                place = f"{key}/im{number}.png"
                face = draw_face(CLASS_NAMES.index(name), _generator(seed, place))
                (making / place).write_bytes(cv2.imencode(".png", face)[1].tobytes())
                places[place] = place
                if progress is not None:
                    progress(len(places), total)
        return Sorted(places, (), synthetic=True)

    folder = folder.absolute()
    with locked(folder):
        return install(folder, f"drawn, seed {seed}", fill)


def _generator(seed: int, place: str) -> np.random.Generator:
    """A generator for each image, so that more images leave the first ones as they are."""
    digest = hashlib.sha256(f"{seed}|{place}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def _vary(expression: Expression, rng: np.random.Generator) -> Expression:
    """Another degree of the same expression."""
    rest = Expression()
    degree = rng.uniform(0.8, 1.1)
    values = {}
    for field in fields(Expression):
        at_rest, value = getattr(rest, field.name), getattr(expression, field.name)
        values[field.name] = at_rest + degree * (value - at_rest) + rng.normal(0, _JITTER)
    for name in ("mouth_open", "lip_raise", "nose_wrinkle", "squint", "teeth", "brow_arch"):
        values[name] = float(np.clip(values[name] - _JITTER / 2, 0, 1.1))
    return Expression(**values)


def _person(rng: np.random.Generator) -> Person:
    skin = rng.uniform(105, 215)
    return Person(
        width=rng.uniform(0.68, 0.80),
        jaw=rng.uniform(0.15, 0.33),
        skin=skin,
        hair=min(rng.choice([25.0, 40.0, 60.0, 80.0, 105.0]), 0.5 * skin),
        hairline=rng.uniform(-0.72, -0.52),
        iris=rng.uniform(35, 95),
        brow_width=rng.uniform(0.045, 0.08),
        eye_size=rng.uniform(0.15, 0.185),
        nose_width=rng.uniform(0.12, 0.18),
        lips=rng.uniform(0.035, 0.07),
    )


def _scene(rng: np.random.Generator, *, portrait: bool) -> Scene:
    return Scene(
        scale=rng.uniform(0.50, 0.56) if portrait else rng.uniform(1.05, 1.20),
        roll=rng.normal(0, 2 if portrait else 5),
        shift=(rng.normal(0, 0.03), rng.normal(0, 0.03) - (0.17 if portrait else 0.08)),
        yaw=rng.uniform(-0.4, 0.4) if portrait else rng.uniform(-1, 1),
        light=rng.uniform(-0.5, 0.5) if portrait else rng.uniform(-1, 1),
        background=rng.uniform(60, 210),
    )
