"""Residual networks with squeeze-and-excitation for faces of 48x48 pixels.

Residual blocks after He et al. 2016 (arXiv:1512.03385), squeeze-and-excitation after
Hu et al. 2018 (arXiv:1709.01507). Sizes stand in `SIZES`; a stage halves the picture.
"""

from dataclasses import dataclass
from typing import Any

from fer_core.classes import NUM_CLASSES
from fer_core.config import TrainConfig

_SQUEEZE = 8
"""Channels a unit of the squeeze."""


@dataclass(frozen=True)
class Size:
    """Widths of a residual network: channels of the first convolution, at 48x48, and of each stage,
    and the side of the first: 48, or 24 to halve the picture right after the stem.
    """

    stem: int
    stages: tuple[int, ...]
    first_side: int


SIZES = {
    "large": Size(stem=64, stages=(64, 128, 256, 512), first_side=48),
    "compact": Size(stem=32, stages=(32, 64, 128, 256), first_side=48),
    "tiny": Size(stem=16, stages=(32, 64, 96), first_side=24),
}


def build_residual(name: str, config: TrainConfig) -> Any:
    """Builds the network of `SIZES[name]`.

    A convolution, then stages of a residual block with max-pooling between them; global
    average pooling (of the layer `features`), `config.dropout`, and a dense layer `logits`.

    Returns:
        keras.Model from float32 (n, 48, 48, 1), range 0-255, to float32 (n, 7).
    """
    import keras
    from keras import layers

    size = SIZES[name]
    faces = keras.Input((48, 48, 1), name="pixels")
    x = layers.Rescaling(1 / 127.5, offset=-1, name="rescaling")(faces)
    x = convolution(x, size.stem, 3, "stem")
    x = layers.ReLU(name="stem_relu")(x)
    if size.first_side == 24:
        x = layers.MaxPooling2D(name="stem_pool")(x)
    for stage, width in enumerate(size.stages, start=1):
        if stage > 1:
            x = layers.MaxPooling2D(name=f"pool{stage - 1}")(x)
        x = _residual_block(x, width, f"stage{stage}_block1")
    return keras.Model(faces, classify(x, config.dropout), name=name)


def classify(features: Any, dropout: float) -> Any:
    """Probabilities (n, 7) from a map (n, h, w, c), by global average pooling and a dense layer."""
    from keras import layers

    x = layers.Activation("linear", name="features")(features)
    x = layers.GlobalAveragePooling2D(name="pooled")(x)
    x = layers.Dropout(dropout, name="dropout")(x)
    x = layers.Dense(NUM_CLASSES, name="logits")(x)
    return layers.Softmax(dtype="float32", name="probabilities")(x)


def _residual_block(x: Any, width: int, name: str) -> Any:
    """Two convolutions with squeeze-and-excitation, added to their input."""
    from keras import layers

    shortcut = x
    if x.shape[-1] != width:
        shortcut = convolution(x, width, 1, f"{name}_shortcut")
    x = convolution(x, width, 3, f"{name}_first")
    x = layers.ReLU(name=f"{name}_first_relu")(x)
    x = convolution(x, width, 3, f"{name}_second")
    x = layers.Multiply(name=f"{name}_scaled")([x, _excitation(x, width, name)])
    x = layers.Add(name=f"{name}_sum")([x, shortcut])
    return layers.ReLU(name=f"{name}_relu")(x)


def _excitation(x: Any, width: int, name: str) -> Any:
    """A weight from 0 to 1 for each channel, from the channels' means.

    Its dense layers are convolutions of one pixel: a dense layer over a map leaves ONNX
    Runtime a dozen operations more, a fifth of the time of a small network.
    """
    from keras import layers

    means = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_squeeze")(x)
    hidden = layers.Conv2D(width // _SQUEEZE, 1, activation="relu", name=f"{name}_hidden")(means)
    return layers.Conv2D(width, 1, activation="sigmoid", name=f"{name}_excite")(hidden)


def convolution(x: Any, width: int, size: int, name: str) -> Any:
    """A convolution of `size` x `size` pixels to `width` channels, normalised by batch."""
    from keras import layers

    x = layers.Conv2D(width, size, padding="same", use_bias=False, name=f"{name}_conv")(x)
    return layers.BatchNormalization(momentum=0.95, name=f"{name}_norm")(x)
