"""The options of `TrainConfig` as fields of a form, made from its schema.

A new option of `TrainConfig` appears by itself; where it stands is said in `GROUPS`, and one
that is not named there stands under "Other".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from fer_core.config import TrainConfig
from fer_core.errors import ConfigError
from fer_core.models.classical.systems import CLASSIC
from fer_core.models.registry import BUILDERS

GROUPS: dict[str, tuple[str, ...]] = {
    "Training": ("epochs", "batch_size", "learning_rate", "seed"),
    "Phases": ("phases",),
    "Network and split": ("model", "validation", "precision"),
    "Rare classes and labels": (
        *("class_weights", "loss", "focal_gamma", "label_smoothing", "labels", "ferplus_share"),
    ),
    "Augmentation": ("augmentation", "degradation", "mixup"),
    "Regularisation": ("dropout", "weight_decay", "weight_average"),
    "Optimizer and schedule": (
        *("optimizer", "schedule", "warmup_epochs", "plateau_factor", "plateau_patience"),
        *("early_stopping", "keep_best"),
    ),
    "Learning from other runs": (
        *("initial_run", "teachers", "distillation_share", "distillation_temperature"),
    ),
    "Starting from ImageNet": ("frozen_epochs", "fine_tuning_rate"),
}
"""Fields by heading, in the order of the form."""

FIRST = "Training"
"""The heading that is open at first."""
HIDDEN = ("preset", "exclude_list", "label_review")
"""Set by the choice of a preset, by the command line only, and by `submit(label_review=...)`."""
_SPECIAL_WORDS = {"seed": "Seed", "ferplus_share": "FER+ share", "mixup": "Mixup"}


class Kind(StrEnum):
    """What a field is drawn as. NAMES: several words; TEXT: one word or nothing; JSON: a list
    of objects, or nothing.
    """

    INTEGER = "integer"
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    NAMES = "names"
    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True)
class FormField:
    """One option of `TrainConfig`: its default as JSON has it, and the valid values of a CHOICE or
    the bounds of a number.
    """

    name: str
    kind: Kind
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None

    @property
    def label(self) -> str:
        """The name in words."""
        return _SPECIAL_WORDS.get(self.name, self.name.replace("_", " ").capitalize())


def form_fields() -> dict[str, list[FormField]]:
    """Every option by heading; each stands in exactly one."""
    schema = TrainConfig.model_json_schema()
    properties, definitions = schema["properties"], schema.get("$defs", {})
    fields = {
        name: _field(name, entry, definitions)
        for name, entry in properties.items()
        if name not in HIDDEN
    }
    groups = {title: [fields.pop(name) for name in names] for title, names in GROUPS.items()}
    return groups | ({"Other": list(fields.values())} if fields else {})


def check(values: Mapping[str, Any]) -> tuple[TrainConfig | None, dict[str, str]]:
    """Validates what the form holds, by field; one of the kind JSON as text.

    Returns:
        The configuration, or None; and a sentence for each field at fault, under an empty
        name where it concerns none in particular.
    """
    values = dict(values)
    try:
        if isinstance(phases := values.get("phases", ()), str | None):
            values["phases"] = json.loads(phases or "[]")
    except ValueError:
        return None, {"phases": 'Phases are a list, as [{"epochs": 4}, {"epochs": 2}]; or empty.'}
    try:
        config = TrainConfig.model_validate(values)
    except ValidationError as exc:
        return None, _explained(exc, values)
    try:
        _check_system(config)
    except ConfigError as exc:
        return None, _named(str(exc))
    return config, {}


def _check_system(config: TrainConfig) -> None:
    """Raises `ConfigError` for what only the system itself refuses."""
    if config.model in CLASSIC:
        from fer_core.training.classical import check_config

        check_config(config)
    elif config.model not in BUILDERS:
        raise ConfigError(f"There is no model '{config.model}'.")


def _explained(exc: ValidationError, values: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for error in exc.errors():
        message = error["msg"].removeprefix("Value error, ").rstrip(".") + "."
        if error["loc"]:
            name, *inner = map(str, error["loc"])
            wrong = ".".join([name, *inner]) if inner else repr(values.get(name))
            found[name] = f"{wrong} is not valid. {message}"
        else:
            found |= _named(message)
    return found


def _named(message: str) -> dict[str, str]:
    """The message under the first option that it names, so that it stands beside that."""
    options = [name for name in TrainConfig.model_fields if name in message]
    first = min(options, key=message.index, default="")
    return {first: message if message.startswith(first or " ") else _sentence(message)}


def _field(name: str, entry: dict[str, Any], definitions: dict[str, Any]) -> FormField:
    parts = [entry, *entry.get("anyOf", []), *entry.get("allOf", [])]
    merged: dict[str, Any] = {}
    for part in parts:
        reference = part.get("$ref")
        merged |= definitions[reference.rsplit("/", 1)[-1]] if reference else {}
        if part.get("type") != "null":
            merged |= {key: value for key, value in part.items() if key != "$ref"}
    help_text = str(entry.get("description") or merged.get("description") or "")
    kind = {"integer": Kind.INTEGER, "number": Kind.NUMBER, "boolean": Kind.SWITCH}.get(
        merged.get("type", ""), Kind.TEXT
    )
    choices = tuple(merged.get("enum", ()))
    if name == "model":
        choices = (*BUILDERS, *CLASSIC)
    if choices:
        kind = Kind.CHOICE
    elif merged.get("type") == "array":
        kind = Kind.JSON if "$ref" in merged["items"] else Kind.NAMES
    return FormField(
        name=name,
        kind=kind,
        default=entry.get("default"),
        help=_sentence(help_text),
        choices=choices,
        minimum=_bound(merged, "minimum", "exclusiveMinimum"),
        maximum=_bound(merged, "maximum", "exclusiveMaximum"),
    )


def _bound(entry: Mapping[str, Any], *names: str) -> float | None:
    return next((float(entry[name]) for name in names if name in entry), None)


def _sentence(text: str) -> str:
    words = " ".join(text.replace("`", "").split())
    return words[:1].upper() + words[1:] if words else ""
