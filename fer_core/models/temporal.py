"""A recurrent network over the frames of a face: it reads what another run's network sees.

    python -m fer_core train --preset temporal

Features of a frame (n, t, c), standardized and projected, and the time since the frame before go
through a gated recurrent unit (Cho et al. 2014, arXiv:1406.1078) into seven probabilities a frame.
It is causal: an answer follows from the frames so far.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import NUM_CLASSES
from fer_core.config import TrainConfig
from fer_core.errors import ConfigError

TEMPORAL = "temporal"
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
    values, plain = config.model_dump(mode="json"), TrainConfig().model_dump(mode="json")
    wrong = [name for name in values if name not in USED_FIELDS and values[name] != plain[name]]
    if wrong:
        leave = ", ".join(f"{name}={plain[name]}" for name in wrong)
        raise ConfigError(
            f"{config.model} reads the features of another network and has no use for "
            f"{', '.join(wrong)}: leave {leave}. It takes {', '.join(USED_FIELDS[2:])}."
        )
    if not config.features_of:
        raise ConfigError("features_of names the run whose features it reads, as compact.")


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation of each feature over the frames of training clips, (c,)."""

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]


STEADINESS = 1.0
"""Weight in the loss of how far probabilities move between two frames of one expression."""


def build_loss(label_smoothing: float) -> Any:
    """The loss of each frame, from labels (n, t, 7) and logits (n, t, 7): cross-entropy, and the
    squared distance of the probabilities to those of the frame before where the label is the same,
    times `STEADINESS`.
    """
    from keras import ops

    def loss(labels: Any, logits: Any) -> Any:
        logged = ops.log_softmax(logits, axis=-1)
        targets = (1 - label_smoothing) * labels + label_smoothing / NUM_CLASSES
        wrong = -ops.sum(targets * logged, axis=-1)
        scores = ops.exp(logged)
        same = ops.sum(labels[:, 1:] * labels[:, :-1], axis=-1)
        moved = same * ops.sum((scores[:, 1:] - scores[:, :-1]) ** 2, axis=-1)
        return wrong + STEADINESS * ops.pad(moved, [[0, 0], [1, 0]])

    return loss


def build_temporal(config: TrainConfig, spread: Spread) -> Any:
    """A keras.Model from `features` float32 (n, t, c) and `seconds` float32 (n, t, 1) to logits,
    float32 (n, t, 7).
    """
    import keras
    from keras import layers, ops

    class LogSeconds(layers.Layer):  # type: ignore[misc]
        def call(self, seconds: Any) -> Any:
            return ops.log(ops.clip(seconds, SHORTEST, LONGEST))

    features = keras.Input((None, len(spread.mean)), name="features")
    seconds = keras.Input((None, 1), name="seconds")
    x = layers.Normalization(mean=spread.mean, variance=spread.deviation**2)(features)
    x = layers.Dropout(config.dropout, seed=config.seed)(x)
    x = layers.Dense(PROJECTED, activation="relu", name="projection")(x)
    x = layers.Concatenate()([x, LogSeconds()(seconds)])
    x = layers.GRU(UNITS, return_sequences=True, name="recurrent")(x)
    x = layers.Dropout(config.dropout, seed=config.seed + 1)(x)
    return keras.Model(
        [features, seconds], layers.Dense(NUM_CLASSES, name="logits")(x), name=TEMPORAL
    )
