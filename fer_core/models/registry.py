"""Networks and presets by name. An entry is data and one builder; nothing here does I/O."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fer_core.config import Augmentation, Optimizer, Schedule, TrainConfig, Validation
from fer_core.errors import ConfigError
from fer_core.models.baseline import build_baseline
from fer_core.models.residual import build_compact, build_tiny

Builder = Callable[[TrainConfig], Any]
"""From a configuration to a keras.Model: float32 (n, 48, 48, 1), 0-255, to (n, 7)."""

BUILDERS: dict[str, Builder] = {
    "report-baseline": build_baseline,
    "compact": build_compact,
    "tiny": build_tiny,
}


@dataclass(frozen=True)
class Preset:
    """A named configuration and one line on why one would choose it."""

    name: str
    config: TrainConfig
    why: str


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "report-baseline",
            TrainConfig(),
            "The published report's network and procedure, to compare everything with.",
        ),
        Preset(
            "quick-look",
            TrainConfig(preset="quick-look", epochs=2, batch_size=256),
            "Two epochs of the report's network: does everything work on this machine?",
        ),
        Preset(
            "tiny",
            TrainConfig(
                preset="tiny",
                model="tiny",
                validation=Validation.GROUPED,
                epochs=45,
                batch_size=128,
                optimizer=Optimizer.SGD,
                learning_rate=0.1,
                schedule=Schedule.COSINE,
                warmup_epochs=2,
                label_smoothing=0.05,
                augmentation=Augmentation.STRONG,
                degradation=0.05,
                dropout=0.0,
                weight_decay=1e-4,
                weight_average=0.998,
            ),
            "0.2 million weights for live video on small machines.",
        ),
    )
}


def get_preset(name: str) -> Preset:
    """The preset named `name`.

    Raises:
        ConfigError: there is none; the message lists those there are.
    """
    if name not in PRESETS:
        raise ConfigError(f"There is no preset '{name}'. Presets: {', '.join(PRESETS)}.")
    return PRESETS[name]


def build_network(config: TrainConfig) -> Any:
    """Builds the network that `config.model` names.

    Raises:
        ConfigError: there is none of that name.
    """
    if config.model not in BUILDERS:
        raise ConfigError(f"There is no model '{config.model}'. Models: {', '.join(BUILDERS)}.")
    return BUILDERS[config.model](config)
