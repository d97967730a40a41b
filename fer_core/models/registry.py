"""Networks and presets by name. An entry is data and one builder; nothing here does I/O."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from fer_core.config import Augmentation, Optimizer, Schedule, TrainConfig, Validation
from fer_core.errors import ConfigError
from fer_core.models.baseline import build_baseline
from fer_core.models.classical.systems import CLASSIC
from fer_core.models.layers import check_layers
from fer_core.models.residual import SIZES, build_residual
from fer_core.models.temporal import TEMPORAL
from fer_core.models.transfer import BACKBONES, build_transfer
from fer_core.models.vgg import build_vgg

Builder = Callable[[TrainConfig], Any]
"""From a configuration to a keras.Model: float32 (n, 48, 48, 1), 0-255, to (n, 7)."""

BUILDERS: dict[str, Builder] = {
    "report-baseline": build_baseline,
    **{name: partial(build_residual, name) for name in SIZES},
    "vgg": build_vgg,
    **dict.fromkeys(BACKBONES, build_transfer),
}

WEIGHTS = {
    "report-baseline": 1_740_807,
    "tiny": 223_055,
    "compact": 1_252_803,
    "large": 4_994_431,
    "vgg": 4_693_575,
    "mobilenetv2": 2_266_951,
    "efficientnetv2b0": 5_928_279,
    "efficientnetlite0": 3_421_991,
    "efficientnetlite2": 4_878_135,
}
"""How many each network of `BUILDERS` has; counting them would build them all."""


@dataclass(frozen=True)
class Preset:
    """A named configuration and one line on why one would choose it."""

    name: str
    config: TrainConfig
    why: str


_RESIDUAL: dict[str, Any] = {
    "validation": Validation.GROUPED,
    "batch_size": 128,
    "optimizer": Optimizer.SGD,
    "learning_rate": 0.1,
    "schedule": Schedule.COSINE,
    "warmup_epochs": 2,
    "degradation": 0.05,
    "weight_average": 0.998,
}
"""What the small residual networks are trained with, size apart."""

_LONGER: dict[str, Any] = {"learning_rate": 0.05, "warmup_epochs": 1}
"""A second phase: the schedule once more, from a lower learning rate."""

_SETTLING: dict[str, Any] = {
    "learning_rate": 0.015,
    "schedule": Schedule.CONSTANT,
    "warmup_epochs": 1,
    "weight_average": 0.999,
    "augmentation": Augmentation.MEDIUM,
    "seed": 1,
}
"""The last phase: images closer to those of the test, augmented less than before (Touvron et al.
2019, arXiv:1906.06423), and weights averaged at a constant learning rate (Izmailov et al. 2018,
arXiv:1803.05407). With one that falls to nothing the network would overfit.
"""

_TRANSFER: dict[str, Any] = {
    "validation": Validation.GROUPED,
    "epochs": 30,
    "frozen_epochs": 5,
    "fine_tuning_rate": 1e-4,
    "schedule": Schedule.COSINE,
    "augmentation": Augmentation.STRONG,
    "dropout": 0.3,
    "label_smoothing": 0.1,
}
_LITE: dict[str, Any] = _TRANSFER | {
    "frozen_epochs": 1,
    "fine_tuning_rate": 1e-3,
    "weight_average": 0.998,
}
_WEIGHTS = (
    "Keras downloads its weights from storage.googleapis.com when training begins; without "
    "internet, fetch them by hand and use `jobs submit --weights FILE`."
)
_INSTALLED = "Its weights are installed with `requirements.txt`; nothing is downloaded."
"""Where the start of a transfer preset comes from."""


def _preset(name: str, why: str, **values: Any) -> Preset:
    return Preset(name, TrainConfig(preset=name, **values), why)


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        _preset(
            "report-baseline",
            "The published report's network and procedure, to compare everything with.",
        ),
        _preset(
            "quick-look",
            "Two epochs of the report's network: does everything work on this machine?",
            epochs=2,
            batch_size=256,
        ),
        _preset(
            "large",
            "Four times the parameters of `compact`: for a GPU, or half a day and more on two "
            "cores.",
            model="large",
            label_smoothing=0.1,
            augmentation=Augmentation.STRONG,
            mixup=0.2,
            dropout=0.4,
            weight_decay=5e-3,
            phases=(
                {"epochs": 50},
                {"epochs": 44, **_LONGER},
                {"epochs": 6, **_SETTLING, "mixup": 0.0},
            ),
            **_RESIDUAL,
        ),
        _preset(
            "compact",
            "The app's default: 1.3 million parameters, trained from scratch for some hours on two "
            "cores.",
            model="compact",
            label_smoothing=0.1,
            augmentation=Augmentation.STRONG,
            dropout=0.3,
            weight_decay=5e-3,
            phases=(
                {"epochs": 42},
                {"epochs": 52, **_LONGER},
                {"epochs": 4, **_SETTLING, "dropout": 0.4},
            ),
            **_RESIDUAL,
        ),
        _preset(
            "tiny",
            "For live video on small machines: 0.2 million parameters, from scratch, then taught "
            "by the run `compact`.",
            model="tiny",
            label_smoothing=0.05,
            augmentation=Augmentation.MEDIUM,
            dropout=0.0,
            weight_decay=1e-3,
            # The committed run was taught by `compact` as it was after its first phase, and then
            # as it is.
            phases=(
                {"epochs": 120},
                {
                    "epochs": 34,
                    **_LONGER,
                    "augmentation": Augmentation.STRONG,
                    "teachers": ("compact",),
                },
                {"epochs": 6, **_SETTLING, "teachers": ("compact",)},
            ),
            **_RESIDUAL,
        ),
        _preset(
            "vgg",
            "The plain network of the literature, eight convolutions without shortcuts: for a GPU.",
            model="vgg",
            epochs=300,
            batch_size=64,
            optimizer=Optimizer.SGD,
            learning_rate=0.01,
            schedule=Schedule.PLATEAU,
            plateau_factor=0.75,
            plateau_patience=5,
            weight_decay=1e-4,
            augmentation=Augmentation.STRONG,
            dropout=0.2,
            validation=Validation.GROUPED,
        ),
        _preset(
            "mobilenetv2",
            f"Starts from ImageNet: head first, then everything at a low rate. {_WEIGHTS}",
            model="mobilenetv2",
            **_TRANSFER,
        ),
        _preset(
            "efficientnetv2b0",
            f"Starts from ImageNet; larger and slower than MobileNetV2. {_WEIGHTS}",
            model="efficientnetv2b0",
            **_TRANSFER,
        ),
        _preset(
            "efficientnetlite0",
            f"Starts from ImageNet, made for small processors. {_INSTALLED}",
            model="efficientnetlite0",
            **_LITE | {"epochs": 20, "augmentation": Augmentation.MEDIUM},
        ),
        _preset(
            "efficientnetlite2",
            f"Starts from ImageNet; larger and slower than EfficientNet-Lite0. {_INSTALLED}",
            model="efficientnetlite2",
            **_LITE | {"epochs": 10},
        ),
        *(
            _preset(
                system.name, system.why, model=system.name, epochs=1, validation=Validation.GROUPED
            )
            for system in CLASSIC.values()
        ),
        _preset(
            TEMPORAL,
            "For video and live: a small recurrent network over the features of `compact`, frame "
            "by frame. Minutes; needs that run.",
            model=TEMPORAL,
            features_of="compact",
            validation=Validation.GROUPED,
            epochs=6,
            batch_size=32,
            learning_rate=3e-3,
            schedule=Schedule.COSINE,
            keep_best=True,
            dropout=0.4,
            label_smoothing=0.1,
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


def check_model(config: TrainConfig) -> None:
    """Whether `config.model` names a network of single images.

    Raises:
        ConfigError: it does not; the message lists those there are.
    """
    if config.model == TEMPORAL:
        raise ConfigError(
            f"'{TEMPORAL}' reads frames of a face by another run's network, and no single images. "
            "Use the preset of a network, as tiny."
        )
    if config.model not in BUILDERS:
        raise ConfigError(f"There is no model '{config.model}'. Models: {', '.join(BUILDERS)}.")


def build_network(config: TrainConfig) -> Any:
    """Builds the network that `config.model` names.

    Raises:
        ConfigError: there is none of that name, or it could not be exported.
    """
    check_model(config)
    network = BUILDERS[config.model](config)
    check_layers(network, config.model)
    return network
