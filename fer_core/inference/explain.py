"""Which parts of a face speak for a class, without a training framework.

Two methods: class activation maps, where the exported network gives them, and occlusion
sensitivity, which works with every model because it only asks it for probabilities.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from fer_core import formats
from fer_core.classes import CLASS_NAMES, FACE_SIZE, NUM_CLASSES
from fer_core.inference.classifier import Classifier

PATCH = 10  # side of the patch that hides a part of the face, in pixels
STEP = 4  # pixels from one patch to the next

FLOOR = 0.1  # share of the strongest evidence from which a place is coloured
OPACITY = 0.6  # of the strongest place's colour
ZOOM = 4  # pixels of an overlay for each of the face
LEGEND = "Class activation map: yellow speaks most for the expression, violet least."
DARKEST = 40  # of the colour map's 256 levels, the one of the weakest place that is coloured


class Method(StrEnum):
    """How an explanation is made."""

    ACTIVATION = "class activation"
    """The class's own map before global average pooling (Zhou et al., "Learning Deep Features
    for Discriminative Localization", CVPR 2016), less the mean map of all classes: what all
    classes share moves no probability."""
    OCCLUSION = "occlusion"
    """By how much the class's probability falls while a gray patch hides a place (Zeiler and
    Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014)."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """What speaks for the class of index `label`, and where.

    Attributes:
        evidence: float32 (48, 48); above 0 speaks for the class, below 0 against it. With
            class activation in units of the network's logits before its temperature, with
            occlusion in probability (0.1 is 10 percentage points).
    """

    method: Method
    label: int
    evidence: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.evidence.shape != (FACE_SIZE, FACE_SIZE):
            raise ValueError(f"Evidence must be (48, 48), got {self.evidence.shape}.")

    @property
    def strength(self) -> float:
        """The largest evidence for the class; 0 where nothing speaks for it."""
        return max(float(self.evidence.max()), 0.0)


def available_methods(classifier: Classifier) -> tuple[Method, ...]:
    """Methods that work with this model, the better one first."""
    if classifier.has_activations:
        return Method.ACTIVATION, Method.OCCLUSION
    return (Method.OCCLUSION,)


def explain(
    classifier: Classifier, face: NDArray[np.uint8], label: int, method: Method | None = None
) -> Explanation:
    """Explains one class, an index into `CLASS_NAMES`, of one face, uint8 (48, 48), gray.

    The `method` is the model's better one when None; one that the model does not support raises
    `ValueError`.
    """
    if face.shape != (FACE_SIZE, FACE_SIZE):
        raise ValueError(f"A face must be (48, 48), got {face.shape}.")
    if not 0 <= label < NUM_CLASSES:
        raise ValueError(f"Label {label} is no class. Valid: 0 to {NUM_CLASSES - 1}.")
    chosen = method or available_methods(classifier)[0]
    evidence = _class_activation if chosen is Method.ACTIVATION else _occlusion
    return Explanation(chosen, label, evidence(classifier, face, label))


def overlay(
    face: NDArray[np.uint8], explanation: Explanation, opacity: float = OPACITY, zoom: int = ZOOM
) -> NDArray[np.uint8]:
    """The face, uint8 (48, 48), gray, with what speaks for the class laid over it, from violet to
    yellow: uint8 (48 * zoom, 48 * zoom, 3), RGB.

    Places with less than a tenth of the strongest evidence stay as they are; colours are
    relative to the strongest place, which gets the `opacity`, 0-1.
    """
    import cv2

    size = (FACE_SIZE * zoom, FACE_SIZE * zoom)
    pixels = np.repeat(face.repeat(zoom, axis=0).repeat(zoom, axis=1)[..., None], 3, axis=2)
    if explanation.strength <= 0:
        return pixels
    share = explanation.evidence / explanation.strength
    share = np.clip((share - FLOOR) / (1 - FLOOR), 0, 1)
    share = np.clip(cv2.resize(share, size, interpolation=cv2.INTER_LINEAR), 0, 1)
    levels = np.round(DARKEST + (255 - DARKEST) * share).astype(np.uint8)
    colors = color_map()[levels]
    alpha = opacity * np.sqrt(share)[..., None]
    return np.asarray(np.round((1 - alpha) * pixels + alpha * colors), dtype=np.uint8)


def color_map() -> NDArray[np.uint8]:
    """The colours of an overlay by level: uint8 (256, 3), RGB."""
    import cv2

    levels = np.arange(256, dtype=np.uint8)
    return np.asarray(cv2.applyColorMap(levels, cv2.COLORMAP_PLASMA)[:, 0, ::-1], dtype=np.uint8)


def describe(explanation: Explanation) -> str:
    """Where the evidence lies, in words for those who cannot see it."""
    name = CLASS_NAMES[explanation.label]
    if explanation.strength <= 0:
        return f"Nothing in the face speaks for {name}"
    evidence = np.clip(explanation.evidence, 0, None)
    third = FACE_SIZE // 3
    parts = evidence.reshape(3, third, FACE_SIZE).sum(axis=(1, 2)) / evidence.sum()
    upper, middle, lower = (formats.percent(part) for part in parts)
    return (
        f"Of what speaks for {name}, {upper} lies in the upper third of the face, {middle} in the "
        f"middle and {lower} in the lower"
    )


def _class_activation(
    classifier: Classifier, face: NDArray[np.uint8], label: int
) -> NDArray[np.float32]:
    import cv2

    maps = classifier.activations(face[None, ..., None])[0]
    evidence = np.ascontiguousarray(maps[..., label] - maps.mean(axis=-1))
    resized = cv2.resize(evidence, (FACE_SIZE, FACE_SIZE), interpolation=cv2.INTER_CUBIC)
    return np.asarray(resized, dtype=np.float32)


def _occlusion(classifier: Classifier, face: NDArray[np.uint8], label: int) -> NDArray[np.float32]:
    """Mean fall of the probability over the patches that cover each pixel."""
    # Patches reach over the edge, so that a corner is covered as often as the middle.
    starts = range(STEP - PATCH, FACE_SIZE, STEP)
    windows = [
        (slice(max(y, 0), y + PATCH), slice(max(x, 0), x + PATCH)) for y in starts for x in starts
    ]
    hidden = np.repeat(face[None], len(windows), axis=0)
    gray = np.uint8(round(float(face.mean())))
    for picture, window in zip(hidden, windows, strict=True):
        picture[window] = gray
    scores = classifier.predict(np.concatenate([face[None], hidden])[..., None])[:, label]
    total = np.zeros((FACE_SIZE, FACE_SIZE))
    times = np.zeros((FACE_SIZE, FACE_SIZE))
    for window, score in zip(windows, scores[1:], strict=True):
        total[window] += scores[0] - score
        times[window] += 1
    return np.asarray(total / times, dtype=np.float32)
