"""Random changes to training images, as Keras layers that run on the device.

The layers stand before the network while it trains and are no part of the saved
model. They work in float32 whatever the run's precision.
"""

from typing import Any

from fer_core.config import Augmentation, TrainConfig


def augmentation_layers(config: TrainConfig) -> list[Any]:
    """Layers for images of float32 (n, 48, 48, 1), range 0-255; seeded by the run's seed."""
    from keras import layers

    if config.augmentation is Augmentation.NONE:
        return []
    common = {"dtype": "float32"}
    edges = {**common, "fill_mode": "nearest"}
    return [
        layers.RandomFlip("horizontal", seed=config.seed + 1, **common),
        layers.RandomRotation(10 / 360, seed=config.seed + 2, **edges),
        layers.RandomTranslation(0.1, 0.1, seed=config.seed + 3, **edges),
        layers.RandomZoom(0.1, seed=config.seed + 4, **edges),
    ]
