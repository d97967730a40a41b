"""Random loss of image quality, as cameras and video calls cause it.

Each layer changes an image with a chance of its own and leaves the others alone.
Images are float32 (n, 48, 48, 1), range 0-255.
"""

import math
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

_BLOCK = 8


def degradation_layers(chance: float, seed: int) -> list[Any]:
    """Blur, low resolution, dim or bright light, JPEG blocks, noise and a covered lower face,
    each with `chance`.
    """
    kinds = (Blur, LowResolution, Light, JpegBlocks, Noise, CoveredMouth)
    return [kind(chance, seed=seed + i, dtype="float32") for i, kind in enumerate(kinds)]


class _Degradation(keras.layers.Layer):  # type: ignore[misc]
    """Changes an image with a `chance` of 0-1; a subclass says how."""

    def __init__(self, chance: float, *, seed: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.chance = chance
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images: Any, training: bool = False) -> Any:
        """Images in, as many out; unchanged unless training."""
        if not training:
            return images
        changed = ops.less(self.uniform(images, 0, 1), self.chance)
        return ops.where(changed, ops.clip(self.degrade(images), 0, 255), images)

    def degrade(self, images: Any) -> Any:
        raise NotImplementedError

    def uniform(self, images: Any, low: float, high: float) -> Any:
        """A number for each image, float32 (n, 1, 1, 1)."""
        shape = (ops.shape(images)[0], 1, 1, 1)
        return keras.random.uniform(shape, low, high, dtype="float32", seed=self.generator)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "chance": self.chance, "seed": self.seed}


class Blur(_Degradation):
    """A share of 0.3 to 1 of a Gaussian blur with sigma 1.5 pixels."""

    def degrade(self, images: Any) -> Any:
        offsets = np.arange(-4, 5)
        kernel = np.exp(-(offsets**2) / (2 * 1.5**2)).astype(np.float32)
        kernel /= kernel.sum()
        padded = ops.pad(images, [[0, 0], [4, 4], [4, 4], [0, 0]], mode="reflect")
        down = ops.conv(padded, kernel.reshape(-1, 1, 1, 1), padding="valid")
        blurred = ops.conv(down, kernel.reshape(1, -1, 1, 1), padding="valid")
        share = self.uniform(images, 0.3, 1)
        return share * blurred + (1 - share) * images


class LowResolution(_Degradation):
    """Scaled down to 24x24 by averages, and up again."""

    def degrade(self, images: Any) -> Any:
        small = ops.average_pool(images, 2, 2)
        return ops.image.resize(small, images.shape[1:3], interpolation="bilinear")


class Light(_Degradation):
    """Gain from 0.25 to 2 with clipping, after a gamma from 0.6 to 1.8."""

    def degrade(self, images: Any) -> Any:
        gamma = ops.exp(self.uniform(images, math.log(0.6), math.log(1.8)))
        gain = ops.exp(self.uniform(images, math.log(0.25), math.log(2)))
        return 255 * gain * (ops.clip(images, 0, 255) / 255) ** gamma


class JpegBlocks(_Degradation):
    """Cosine coefficients of 8x8 blocks rounded to multiples of 8 to 48, the high ones more.

    This is the lossy step of JPEG (ITU-T T.81, section A.3) with a quantisation table
    that grows linearly with the frequency.
    """

    def degrade(self, images: Any) -> Any:
        height, width = images.shape[1:3]
        blocks = (-1, height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
        x = ops.transpose(ops.reshape(images, blocks), (0, 1, 3, 2, 4))
        basis = _cosine_basis()
        table = (1 + np.add.outer(np.arange(_BLOCK), np.arange(_BLOCK)) / 2).astype(np.float32)
        step = ops.multiply(table, ops.expand_dims(self.uniform(images, 8, 48), -1))
        coefficients = ops.matmul(ops.matmul(basis, x), basis.T)
        rounded = ops.round(coefficients / step) * step
        x = ops.matmul(ops.matmul(basis.T, rounded), basis)
        return ops.reshape(ops.transpose(x, (0, 1, 3, 2, 4)), (-1, height, width, 1))


class Noise(_Degradation):
    """Gaussian noise with a deviation of 4 to 25 gray levels."""

    def degrade(self, images: Any) -> Any:
        noise = keras.random.normal(ops.shape(images), dtype="float32", seed=self.generator)
        return images + noise * self.uniform(images, 4, 25)


class CoveredMouth(_Degradation):
    """One gray value from a row at 45 to 75 % of the height down, as a mask or a hand
    covers the lower face; up to 15 % of the width stay free on either side.
    """

    def degrade(self, images: Any) -> Any:
        height, width = images.shape[1:3]
        rows = ops.reshape(ops.arange(height, dtype="float32"), (1, -1, 1, 1))
        columns = ops.reshape(ops.arange(width, dtype="float32"), (1, 1, -1, 1))
        top = height * self.uniform(images, 0.45, 0.75)
        left = width * self.uniform(images, 0, 0.15)
        right = width * self.uniform(images, 0.85, 1)
        covered = (rows >= top) & (columns >= left) & (columns < right)
        return ops.where(covered, self.uniform(images, 0, 255), images)


def _cosine_basis() -> NDArray[np.float32]:
    """The orthonormal cosine transform (DCT-II) of 8 values, float32 (8, 8)."""
    k, n = np.mgrid[:_BLOCK, :_BLOCK]
    basis = np.cos(np.pi * (2 * n + 1) * k / (2 * _BLOCK)) * np.sqrt(2 / _BLOCK)
    basis[0] /= np.sqrt(2)
    result: NDArray[np.float32] = basis.astype(np.float32)
    return result
