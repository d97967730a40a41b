"""A recurrent network over the frames of a face: it reads what another run's network sees.

    python -m fer_core train --preset temporal --run-id mine

What the other network would answer to a frame, a projection of its standardized features, which
learns what that answer is worth, and the time since the frame before go through a gated recurrent
unit (Cho et al. 2014, arXiv:1406.1078) into seven probabilities a frame. It is causal: an answer
follows from the frames so far.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import NUM_CLASSES
from fer_core.config import TrainConfig, check_used
from fer_core.errors import ConfigError

TEMPORAL = "temporal"
_LEAST, _LEAST_DEVIATION = 1e-7, 1e-3
PROJECTED, UNITS = 32, 48
"""Numbers that the features of a frame are projected to, and the state of a face."""
SHORTEST, LONGEST = 1 / 60, 1.0
"""Seconds between two frames; others count as the nearer of the two."""

USED_FIELDS = (
    *("preset", "model", "features_of", "seed", "validation", "epochs", "batch_size"),
    *("learning_rate", "schedule", "warmup_epochs", "early_stopping", "keep_best"),
    *("label_smoothing", "dropout", "weight_decay"),
)
"""Of `TrainConfig`; the others are for networks of single images and have to stay as they are."""


def is_temporal(config: TrainConfig) -> bool:
    """Whether `config` is of a recurrent network over frames."""
    return config.model == TEMPORAL


def check_config(config: TrainConfig) -> None:
    """Refuses what a recurrent network over frames would silently ignore.

    Raises:
        ConfigError: names each setting, and what is valid.
    """
    check_used(config, USED_FIELDS, "reads the features of another network", TrainConfig())
    if not config.features_of:
        raise ConfigError("features_of names the run whose features it reads, as compact.")


@dataclass(frozen=True)
class Source:
    """What is known of the network whose features are read, from the frames of training clips.

    Attributes:
        mean: (c,), of each feature; `deviation` (c,) is its standard deviation.
        kernel: (c, 7), its last layer, and `bias` (7,): its logits but for a constant.
    """

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]

    @classmethod
    def of(cls, features: NDArray[np.float32], scores: NDArray[np.float32]) -> "Source":
        """From features (m, c) and probabilities (m, 7) of the same frames, by least squares."""
        logits = np.log(np.clip(scores, _LEAST, 1.0))
        logits -= logits.mean(axis=1, keepdims=True)
        given = np.column_stack([features, np.ones(len(features), np.float32)])
        fitted = np.linalg.lstsq(given, logits, rcond=None)[0].astype(np.float32)
        deviation = np.maximum(features.std(axis=0), _LEAST_DEVIATION)
        return cls(features.mean(axis=0), deviation, fitted[:-1], fitted[-1])


def build_temporal(config: TrainConfig, source: Source) -> Any:
    """A keras.Model from `features` float32 (n, t, c) and `seconds` float32 (n, t, 1) to logits,
    float32 (n, t, 7).
    """
    import keras
    from keras import layers, ops

    class LogSeconds(layers.Layer):  # type: ignore[misc]
        def call(self, seconds: Any) -> Any:
            return ops.log(ops.clip(seconds, SHORTEST, LONGEST))

    features = keras.Input((None, len(source.mean)), name="features")
    seconds = keras.Input((None, 1), name="seconds")
    head = layers.Dense(NUM_CLASSES, trainable=False, name="head")
    answers = head(features)
    head.set_weights([source.kernel, source.bias])
    x = layers.Normalization(mean=source.mean, variance=source.deviation**2)(features)
    x = layers.Dropout(config.dropout, seed=config.seed)(x)
    x = layers.Dense(PROJECTED, activation="relu", name="projection")(x)
    x = layers.Concatenate()([answers, x, LogSeconds()(seconds)])
    x = layers.GRU(UNITS, return_sequences=True, name="recurrent")(x)
    x = layers.Dropout(config.dropout, seed=config.seed + 1)(x)
    return keras.Model(
        [features, seconds], layers.Dense(NUM_CLASSES, name="logits")(x), name=TEMPORAL
    )
