"""EfficientNet-Lite: EfficientNet for small processors.

As EfficientNet (Tan & Le 2019, arXiv:1905.11946, table 1), without squeeze-and-excitation,
with ReLU6 in place of swish, and with stem, head and the number of blocks of the first and the
last stage the same at every size (Liu 2020, https://github.com/tensorflow/tpu/tree/master/
models/official/efficientnet/lite). Layers bear the names of the published weights.
"""

import math
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class _Stage:
    """Blocks in a row: inverted bottlenecks of `kernel` x `kernel`, widened `expansion` times
    inside; the first one has `stride`.
    """

    kernel: int
    stride: int
    expansion: int
    filters: int
    blocks: int


_STAGES = (
    _Stage(3, 1, 1, 16, 1),
    _Stage(3, 2, 6, 24, 2),
    _Stage(5, 2, 6, 40, 2),
    _Stage(3, 2, 6, 80, 3),
    _Stage(5, 1, 6, 112, 3),
    _Stage(5, 2, 6, 192, 4),
    _Stage(3, 1, 6, 320, 1),
)
STEM_FILTERS = 32
HEAD_FILTERS = 1280


@dataclass(frozen=True)
class Size:
    """How much wider and deeper than Lite0 a network is."""

    width: float
    depth: float


LITE0 = Size(1.0, 1.0)
LITE2 = Size(1.1, 1.2)


def build_efficientnet_lite(size: Size, shape: tuple[int, int, int], name: str) -> Any:
    """Builds the network without its classifier, weights at random.

    Returns:
        keras.Model from float32 (n, height, width, 3), (pixel - 127) / 128, to float32
        (n, height / 32, width / 32, 1280), sides rounded up.
    """
    import keras
    from keras import layers

    image = keras.Input(shape, name="image")
    x = layers.Conv2D(
        STEM_FILTERS, 3, strides=2, padding="same", use_bias=False, name="_conv_stem"
    )(image)
    x = _normalised(x, "_bn0")
    number = 0
    for stage in _stages(size):
        for index in range(stage.blocks):
            stride = stage.stride if index == 0 else 1
            x = _block(x, stage, stride, f"_blocks.{number}")
            number += 1
    x = layers.Conv2D(HEAD_FILTERS, 1, use_bias=False, name="_conv_head")(x)
    return keras.Model(image, _normalised(x, "_bn1"), name=name)


def _stages(size: Size) -> list[_Stage]:
    ends = (_STAGES[0], _STAGES[-1])
    return [
        replace(
            stage,
            filters=_multiple_of_8(stage.filters * size.width),
            blocks=stage.blocks if stage in ends else math.ceil(stage.blocks * size.depth),
        )
        for stage in _STAGES
    ]


def _multiple_of_8(filters: float) -> int:
    """The nearest multiple of 8 that is not over a tenth below."""
    nearest = int(filters + 4) // 8 * 8
    return nearest + 8 if nearest < 0.9 * filters else nearest


def _block(x: Any, stage: _Stage, stride: int, name: str) -> Any:
    """One inverted bottleneck, added to its input where both have the same shape."""
    from keras import layers

    inner, filters = x, x.shape[-1]
    if stage.expansion > 1:
        inner = layers.Conv2D(
            filters * stage.expansion, 1, use_bias=False, name=f"{name}._expand_conv"
        )(inner)
        inner = _normalised(inner, f"{name}._bn0")
    inner = layers.DepthwiseConv2D(
        stage.kernel, strides=stride, padding="same", use_bias=False, name=f"{name}._depthwise_conv"
    )(inner)
    inner = _normalised(inner, f"{name}._bn1")
    inner = layers.Conv2D(stage.filters, 1, use_bias=False, name=f"{name}._project_conv")(inner)
    inner = _normalised(inner, f"{name}._bn2", active=False)
    if stride > 1 or filters != stage.filters:
        return inner
    return layers.Add(name=f"{name}.add")([inner, x])


def _normalised(x: Any, name: str, *, active: bool = True) -> Any:
    """Batch normalisation and, when `active`, ReLU6."""
    from keras import layers

    x = layers.BatchNormalization(momentum=0.99, epsilon=1e-3, name=name)(x)
    return layers.ReLU(6.0, name=f"{name}.relu6")(x) if active else x
