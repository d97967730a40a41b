"""Batch normalisation in one pass over the batch, where TensorFlow has a kernel for it.

Keras writes the layer as separate operations in float32, each of which reads and writes
the whole batch. TensorFlow's own kernel does the same in one, in the precision of its input.
Only the network that is trained has these layers; the one that is saved has Keras' own.
"""

from typing import Any

import keras


class FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]
    """Keras' layer with TensorFlow's kernel while it trains (Ioffe & Szegedy 2015,
    arXiv:1502.03167). Its moving variance is the unbiased one, n / (n - 1) of Keras' own.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Float (n, h, w, c) in, the same out."""
        if not (training and self.trainable):
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        normalised, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=self.gamma.value,
            offset=self.beta.value,
            mean=tf.zeros([0]),
            variance=tf.zeros([0]),
            epsilon=self.epsilon,
            is_training=True,
        )
        for moving, measured in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + measured * (1 - self.momentum))
        return normalised


def with_fused_normalisation(core: Any) -> Any:
    """`core` with its batch normalisations replaced, its weights kept.

    Unchanged on other backends than TensorFlow, and where `core` holds a model of its own
    (a pretrained backbone keeps its statistics).
    """
    if keras.backend.backend() != "tensorflow" or not any(map(_can_be_fused, core.layers)):
        return core
    if any(isinstance(layer, keras.Model) for layer in core.layers):
        return core

    def replaced(layer: Any) -> Any:
        kind = FusedBatchNormalization if _can_be_fused(layer) else type(layer)
        return kind.from_config(layer.get_config())

    fused = keras.models.clone_model(core, clone_function=replaced)
    fused.set_weights(core.get_weights())
    return fused


def _can_be_fused(layer: Any) -> bool:
    """Whether the kernel does what `layer` does: the last of four axes, with scale and centre."""
    return (
        isinstance(layer, keras.layers.BatchNormalization)
        and len(layer.input.shape) == 4
        and layer.axis in (-1, 3)
        and layer.scale
        and layer.center
        and not layer.renorm
    )
