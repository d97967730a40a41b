"""The trainings that the Train page offers to whoever has not chosen options yet."""

from dataclasses import dataclass
from typing import Any

from fer_core.config import TrainConfig
from fer_core.formats import counted
from fer_core.jobs.base import DataSource
from fer_core.models.registry import get_preset

_FIRST_TRY: dict[str, Any] = {
    "epochs": 20,
    "batch_size": 32,
    "optimizer": "adam",
    "learning_rate": 0.002,
    "schedule": "cosine",
    "warmup_epochs": 0,
    "weight_average": 0,
    "augmentation": "none",
    "degradation": 0,
    "phases": (),
}
"""Changes of the tiny preset for drawn faces: they are few and easy, so its training techniques
would only slow it down, and it must need no other run."""


@dataclass(frozen=True)
class Offer:
    """One training, by name: what it is for, and all that decides what starts."""

    name: str
    title: str
    about: str
    action: str
    config: TrainConfig
    data: DataSource


def offers() -> tuple[Offer, ...]:
    """The quickest first."""
    tiny = get_preset("tiny").config.model_dump(mode="json")
    return (
        Offer(
            "first-try",
            "Drawn faces, a minute",
            "The tiny network learns to read drawn faces. Shows that everything works on this "
            "machine; nothing is downloaded.",
            "Train on drawn faces",
            TrainConfig.parse(tiny | _FIRST_TRY),
            DataSource.SYNTHETIC,
        ),
        *(
            Offer(
                name,
                name.capitalize(),
                get_preset(name).why,
                f"Train {name}",
                get_preset(name).config,
                DataSource.FER2013,
            )
            for name in ("tiny", "compact")
        ),
    )


DATA_IN_WORDS = {DataSource.FER2013: "the data set", DataSource.SYNTHETIC: "drawn faces"}


def in_words(config: TrainConfig, data: DataSource) -> str:
    """What would start, as `tiny, 160 epochs, the data set`."""
    return f"{config.model}, {counted(config.epochs, 'epoch')}, {DATA_IN_WORDS[data]}"


def changes_in_words(config: TrainConfig) -> str:
    """How far it is from its preset, as `2 options changed`; empty where it is the preset."""
    shown, plain = config.model_dump(), get_preset(config.preset).config.model_dump()
    changed = sum(shown[name] != plain[name] for name in plain)
    return f"{counted(changed, 'option')} changed" if changed else ""
