"""EfficientNet-Lite0: EfficientNet-B0 for small processors.

As EfficientNet-B0 (Tan & Le 2019, arXiv:1905.11946, table 1), without squeeze-and-excitation
and with ReLU6 in place of swish (Liu 2020, https://github.com/tensorflow/tpu/tree/master/
models/official/efficientnet/lite). Layers bear the names of the published weights.
"""

from dataclasses import dataclass
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


def build_efficientnet_lite0(shape: tuple[int, int, int], name: str) -> Any:
    """Builds the network without its classifier, weights at random.

    Args:
        shape: height and width in pixels, and 3 channels.
        name: of the model.

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
    for stage in _STAGES:
        for index in range(stage.blocks):
            stride = stage.stride if index == 0 else 1
            x = _block(x, stage, stride, f"_blocks.{number}")
            number += 1
    x = layers.Conv2D(HEAD_FILTERS, 1, use_bias=False, name="_conv_head")(x)
    return keras.Model(image, _normalised(x, "_bn1"), name=name)


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
        stage.kernel,
        strides=stride,
        padding="same",
        use_bias=False,
        name=f"{name}._depthwise_conv",
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
