"""A VGG-like network for faces of 48x48 pixels: convolutions one after another, no shortcuts.

After Simonyan & Zisserman 2015 (arXiv:1409.1556), with four stages as Khaireddin & Chen 2021
(arXiv:2105.03588) use for FER2013, batch normalisation, and global average pooling in place of
the large dense layers.
"""

from typing import Any

from fer_core.config import TrainConfig
from fer_core.models.residual import classify, convolution

STAGES = (64, 128, 256, 512)
"""Channels of each stage, which has two convolutions and halves the picture."""


def build_vgg(config: TrainConfig) -> Any:
    """Builds the network.

    Returns:
        keras.Model from float32 (n, 48, 48, 1), range 0-255, to float32 (n, 7).
    """
    import keras
    from keras import layers

    faces = keras.Input((48, 48, 1), name="pixels")
    x = layers.Rescaling(1 / 127.5, offset=-1, name="rescaling")(faces)
    for stage, width in enumerate(STAGES, start=1):
        for part in ("first", "second"):
            x = convolution(x, width, 3, f"stage{stage}_{part}")
            x = layers.ReLU(name=f"stage{stage}_{part}_relu")(x)
        if stage < len(STAGES):
            x = layers.MaxPooling2D(name=f"pool{stage}")(x)
    return keras.Model(faces, classify(x, config.dropout), name="vgg")
