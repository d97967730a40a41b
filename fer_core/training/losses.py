"""The loss of a run, as a function of everything the training network puts out.

The training network's output holds three blocks of seven columns: its probabilities,
the targets (after mixup) and, with teachers, their mean probabilities.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import NUM_CLASSES
from fer_core.config import Loss, TrainConfig

_EPSILON = 1e-7


def build_loss(config: TrainConfig, weights: NDArray[np.float32]) -> Callable[[Any, Any], Any]:
    """The loss function that Keras calls: from labels (ignored: the targets are part of the
    outputs) and outputs float32 (n, 14 or 21) to the loss of each image, float32 (n,). An image
    of mixed targets has the mean of the `weights` (7,) of its classes.
    """
    from keras import ops

    def loss(labels: Any, outputs: Any) -> Any:
        probabilities, targets = outputs[:, :NUM_CLASSES], outputs[:, NUM_CLASSES:14]
        value = _against_targets(probabilities, targets, config, weights)
        if not config.teachers:
            return value
        share = config.distillation_share
        taught = _against_teachers(probabilities, outputs[:, 14:], config.distillation_temperature)
        return (1 - share) * value + share * taught

    def _against_targets(p: Any, t: Any, config: TrainConfig, weights: Any) -> Any:
        p = ops.clip(p, _EPSILON, 1 - _EPSILON)
        terms = t * ops.log(p)
        if config.loss is Loss.FOCAL:
            terms = terms * (1 - p) ** config.focal_gamma
        # Weighting each term instead would draw every smoothed image to the rarest class.
        return -ops.sum(ops.multiply(weights, t), axis=-1) * ops.sum(terms, axis=-1)

    def _against_teachers(p: Any, q: Any, temperature: float) -> Any:
        """Cross-entropy of softened answers times temperature squared (Hinton et al. 2015,
        arXiv:1503.02531, section 2).
        """
        log_p = ops.log_softmax(ops.log(ops.clip(p, _EPSILON, 1.0)) / temperature, axis=-1)
        soft_q = ops.softmax(ops.log(ops.clip(q, _EPSILON, 1.0)) / temperature, axis=-1)
        return -ops.sum(soft_q * log_p, axis=-1) * temperature**2

    return loss


def accuracy(labels: Any, outputs: Any) -> Any:
    """Whether each image's most probable class is its label; float32 (n,)."""
    from keras import ops

    best = ops.argmax(outputs[:, :NUM_CLASSES], axis=-1)
    labels = ops.cast(ops.reshape(labels, (-1,)), best.dtype)
    return ops.cast(ops.equal(best, labels), "float32")
