"""Random rotation, zoom and shift in one resampling."""

import math
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="fer_core")
class RandomAffine(keras.layers.Layer):  # type: ignore[misc]
    """Rotates, zooms and shifts each image by amounts of its own; edges are replicated.

    The angle is up to `rotation` degrees either way, the change of size a factor exp(u), u
    uniform in +-log(1 + zoom), the shift a share of the side, across and down apart.
    """

    def __init__(
        self, *, rotation: float, zoom: float, shift: float, seed: int, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.rotation = rotation
        self.zoom = zoom
        self.shift = shift
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images: Any, training: bool = False) -> Any:
        """Images float32 (n, h, w, 1) in, the same out; unchanged unless training."""
        if not training:
            return images
        return ops.image.affine_transform(
            images, self._transforms(images), interpolation="bilinear", fill_mode="nearest"
        )

    def _transforms(self, images: Any) -> Any:
        """Float32 (n, 8): from places in the result to places in the image, about its centre."""
        height, width = images.shape[1:3]
        angle = self._draw(images, math.radians(self.rotation))
        scale = ops.exp(self._draw(images, math.log1p(self.zoom)))
        across = self._draw(images, self.shift * width)
        down = self._draw(images, self.shift * height)
        cos, sin = ops.cos(angle) * scale, ops.sin(angle) * scale
        x, y = (width - 1) / 2, (height - 1) / 2
        zero = ops.zeros_like(cos)
        rows = [
            *(cos, -sin, x - cos * x + sin * y + across),
            *(sin, cos, y - sin * x - cos * y + down),
            *(zero, zero),
        ]
        return ops.stack(rows, axis=1)

    def _draw(self, images: Any, bound: float) -> Any:
        shape = (ops.shape(images)[0],)
        return keras.random.uniform(shape, -bound, bound, dtype="float32", seed=self.generator)

    def get_config(self) -> dict[str, Any]:
        names = ("rotation", "zoom", "shift", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
