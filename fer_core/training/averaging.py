"""Averaged weights, which are validated and exported in place of the last step's.

The optimizer keeps a moving average of each trained weight (Polyak & Juditsky 1992).
Batch normalisation's statistics belong to the weights that produced them, so they are
measured again for the averaged ones (Izmailov et al. 2018, arXiv:1803.05407, section 3.2).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.config import TrainConfig
from fer_core.training.networks import Networks

STATISTICS_IMAGES = 5120
_BATCH = 256


@contextmanager
def averaged(networks: Networks, config: TrainConfig, images: NDArray[np.uint8]) -> Iterator[None]:
    """Puts the averaged weights into the network for the time of the block; they are restored
    exactly on leaving. Without `weight_average` nothing changes. Batch statistics are measured on
    the training images, uint8 (n, 48, 48, 1).
    """
    if not config.weight_average:
        yield
        return
    variables = networks.training.variables
    kept = [np.array(variable) for variable in variables]
    networks.optimizer.put_averages(networks.training.trainable_variables)
    for variable in networks.training.trainable_variables:
        # With JAX the weight is now the average's own memory, which evaluating gives away.
        variable.assign(np.array(variable))
    measure_statistics(networks.core, images)
    try:
        yield
    finally:
        for variable, value in zip(variables, kept, strict=True):
            variable.assign(value)


def measure_statistics(core: Any, images: NDArray[np.uint8]) -> None:
    """Sets mean and variance of every batch normalisation from `images`.

    The moving averages start from 0 and are divided by 1 - momentum ** batches at the
    end, as Adam corrects its own (Kingma & Ba 2015, arXiv:1412.6980, section 3).

    Of uint8 images (n, 48, 48, 1) evenly spread ones are used: at least `STATISTICS_IMAGES` where
    there are as many, and fewer than twice that.
    """
    import keras

    # A pretrained backbone, a model within the model, keeps its own statistics.
    kind = keras.layers.BatchNormalization
    norms = [layer for layer in core.layers if isinstance(layer, kind)]
    if not norms:
        return
    images = images[:: max(1, len(images) // STATISTICS_IMAGES)]
    batches = np.array_split(images, max(1, len(images) // _BATCH))
    for norm in norms:
        norm.moving_mean.assign(np.zeros(norm.moving_mean.shape))
        norm.moving_variance.assign(np.zeros(norm.moving_variance.shape))
    for batch in batches:
        core(batch.astype(np.float32), training=True)
    for norm in norms:
        share = 1 - norm.momentum ** len(batches)
        norm.moving_mean.assign(np.array(norm.moving_mean) / share)
        norm.moving_variance.assign(np.array(norm.moving_variance) / share)
