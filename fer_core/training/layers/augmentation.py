"""Random changes to training images, as Keras layers that run on the device.

The layers stand before the network while it trains and are no part of the saved
model. They work in float32 whatever the run's precision, on images of float32
(n, 48, 48, 1), range 0-255, and are seeded by the run's seed.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from fer_core.config import Augmentation, TrainConfig


def augmentation_layers(config: TrainConfig) -> list[Any]:
    """The layers of `config`, in the order in which they are applied."""
    chosen: dict[Augmentation, Callable[[int], list[Any]]] = {
        Augmentation.NONE: lambda _: [],
        Augmentation.BASIC: _basic,
        Augmentation.MEDIUM: partial(
            _resampled_once, rotation=10, zoom=0.1, shift=0.08, brightness=0.1, contrast=0.2
        ),
        Augmentation.STRONG: partial(
            _resampled_once, rotation=15, zoom=0.2, shift=0.12, brightness=0.2, contrast=0.4
        ),
    }
    layers = chosen[config.augmentation](config.seed)
    if config.degradation:
        from fer_core.training.layers.degradation import degradation_layers

        layers += degradation_layers(config.degradation, config.seed + 20)
    if config.augmentation is Augmentation.STRONG:
        layers.append(_erasing(config.seed + 8))
    return layers


def mixup_layer(config: TrainConfig) -> Any:
    """A layer from (images, targets) to both mixed by pairs with a share from
    Beta(`mixup`, `mixup`) (Zhang et al. 2018, arXiv:1710.09412).
    """
    from keras import layers

    layer = layers.MixUp(config.mixup, seed=config.seed + 9, dtype="float32")

    def mix(images: Any, targets: Any) -> tuple[Any, Any]:
        mixed = layer({"images": images, "labels": targets})
        return mixed["images"], mixed["labels"]

    return mix


def _basic(seed: int) -> list[Any]:
    from keras import layers

    common = {"dtype": "float32"}
    edges = {**common, "fill_mode": "nearest"}
    return [
        layers.RandomFlip("horizontal", seed=seed + 1, **common),
        layers.RandomRotation(10 / 360, seed=seed + 2, **edges),
        layers.RandomTranslation(0.1, 0.1, seed=seed + 3, **edges),
        layers.RandomZoom(0.1, seed=seed + 4, **edges),
    ]


def _resampled_once(
    seed: int, rotation: float, zoom: float, shift: float, brightness: float, contrast: float
) -> list[Any]:
    """Flip, one resampling for rotation (degrees), zoom and shift (shares), then light.

    Three resamplings would blur a 48-pixel face.
    """
    from keras import layers

    from fer_core.training.layers.geometry import RandomAffine

    common = {"value_range": (0, 255), "dtype": "float32"}
    return [
        layers.RandomFlip("horizontal", seed=seed + 1, dtype="float32"),
        RandomAffine(rotation=rotation, zoom=zoom, shift=shift, seed=seed + 2, dtype="float32"),
        layers.RandomBrightness(brightness, seed=seed + 5, **common),
        layers.RandomContrast(contrast, seed=seed + 6, **common),
    ]


def _erasing(seed: int) -> Any:
    from keras import layers

    return layers.RandomErasing(
        factor=0.3, scale=(0.02, 0.15), value_range=(0, 255), seed=seed, dtype="float32"
    )
