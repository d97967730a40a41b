"""The options of `TrainConfig` as fields of a form, made from its schema.

A new option of `TrainConfig` appears by itself; where it stands is said in `GROUPS`, and one
that is not named there stands under "Other". Numbers are entered as text: a control that refuses
a value keeps the one before, and would start what the form does not show.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from fer_core.config import MAX_EPOCHS, TrainConfig
from fer_core.errors import ConfigError, JobError
from fer_core.jobs.limits import Limits
from fer_core.models.classical.systems import CLASSIC
from fer_core.models.registry import BUILDERS
from fer_core.models.transfer import BACKBONES

GROUPS: dict[str, tuple[str, ...]] = {
    "Training": ("epochs", "batch_size", "learning_rate", "seed"),
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
    "Phases": ("phases",),
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
    the bounds of a number, of which `above` and `below` are not valid themselves.
    """

    name: str
    kind: Kind
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None

    @property
    def label(self) -> str:
        """The name in words."""
        return _SPECIAL_WORDS.get(self.name, self.name.replace("_", " ").capitalize())

    @property
    def is_number(self) -> bool:
        return self.kind in (Kind.INTEGER, Kind.NUMBER)

    @property
    def expected(self) -> str:
        """What a number has to be, as `a whole number from 1 to 300`."""
        low = f"above {self.above:g}" if self.above is not None else f"from {self.minimum:.10g}"
        high = f"below {self.below:g}" if self.below is not None else f"to {self.maximum:.10g}"
        noun = "a whole number" if self.kind is Kind.INTEGER else "a number"
        return f"{noun} {low} {'and ' if self.below is not None else ''}{high}"

    def write(self, value: Any) -> Any:
        """What the control holds for a value: text, for all but a switch, a choice and names."""
        if self.kind is Kind.JSON:
            return json.dumps(value) if value else ""
        if self.is_number:
            return f"{value:.10g}"
        return (value or "") if self.kind is Kind.TEXT else value

    def read(self, entered: Any) -> Any:
        """The value that the control holds.

        Raises:
            ConfigError: a sentence on what it has to be.
        """
        if self.kind is Kind.JSON:
            try:
                value = json.loads(entered or "[]")
            except (ValueError, RecursionError):
                value = None
            if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
                raise ConfigError(
                    'Write a list, as [{"epochs": 4}, {"epochs": 2}], or leave it empty.'
                )
            return value
        if self.is_number:
            return self._number(str(entered).strip())
        return None if entered == "" else entered

    def _number(self, text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        whole = self.kind is not Kind.INTEGER or value.is_integer()
        inside = (
            (self.minimum is None or value >= self.minimum)
            and (self.maximum is None or value <= self.maximum)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )
        if not (whole and inside and math.isfinite(value)):
            shown = f"not '{text[:40]}'" if text else "this is empty"
            raise ConfigError(f"Enter {self.expected}, {shown}.")
        return int(value) if self.kind is Kind.INTEGER else value


@dataclass(frozen=True)
class Checked:
    """What a form holds: the configuration, None where something is wrong; a sentence for each
    field at fault, under an empty name where it concerns none in particular; and the values of
    those that have no use beside the others, with the reason.
    """

    config: TrainConfig | None
    problems: dict[str, str]
    idle: dict[str, tuple[Any, str]]


def form_fields(bounds: Limits | None = None) -> dict[str, list[FormField]]:
    """Every option by heading; each stands in exactly one. The epochs end at those of `bounds`."""
    schema = TrainConfig.model_json_schema()
    properties, definitions = schema["properties"], schema.get("$defs", {})
    if bounds is not None:
        most = min(properties["epochs"]["maximum"], bounds.epochs)
        properties["epochs"] = properties["epochs"] | {"maximum": most}
    fields = {
        name: _field(name, entry, definitions)
        for name, entry in properties.items()
        if name not in HIDDEN
    }
    groups = {title: [fields.pop(name) for name in names] for title, names in GROUPS.items()}
    return groups | ({"Other": list(fields.values())} if fields else {})


def check(entered: Mapping[str, Any], base: TrainConfig, bounds: Limits) -> Checked:
    """Reads and validates what the form holds.

    Args:
        entered: what the control of each option holds.
        base: the preset that it began with, whose values idle options have.
        bounds: of this server.
    """
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field in (field for fields in form_fields(bounds).values() for field in fields):
        try:
            values[field.name] = field.read(entered[field.name])
        except ConfigError as exc:
            problems[field.name] = str(exc)
    idle = _idle(values, base)
    problems = {name: text for name, text in problems.items() if name not in idle}
    values |= {name: value for name, (value, _) in idle.items()}
    if problems:
        return Checked(None, problems, idle)
    if values["phases"]:
        values.pop("epochs", None)  # follow from them
    config = None
    try:
        config = TrainConfig.model_validate({"preset": base.preset} | values)
        _check_system(config)
    except ValidationError as exc:
        problems = _explained(exc, values)
    except ConfigError as exc:
        problems = _named(str(exc))
    else:
        try:
            bounds.check_epochs(config)
        except JobError as exc:
            problems = {"phases" if config.phases else "epochs": str(exc)}
    return Checked(None if problems else config, problems, idle)


def _idle(values: Mapping[str, Any], base: TrainConfig) -> dict[str, tuple[Any, str]]:
    """Options that change nothing beside the other values, each with the value it has then and
    the reason.
    """
    phases = values.get("phases") or []
    model = values.get("model")
    if model in CLASSIC:
        from fer_core.training.classical import USED_FIELDS

        plain = TrainConfig(epochs=1).model_dump(mode="json")
        why = f"{model} is no network."
        return {n: (v, why) for n, v in plain.items() if n not in (*USED_FIELDS, *HIDDEN)}

    def used(name: str) -> list[Any]:
        return [values.get(name), *(phase[name] for phase in phases if name in phase)]

    reasons = {
        "focal_gamma": "" if "focal" in used("loss") else "Needs the loss 'focal'.",
        "ferplus_share": "" if "ferplus" in used("labels") else "Needs the labels 'ferplus'.",
        "initial_run": "This network starts from ImageNet." if model in BACKBONES else "",
    }
    if phases:
        reasons["epochs"] = "Set by the phases, whose epochs add up to it."
    if "plateau" not in used("schedule"):
        names = "plateau_factor", "plateau_patience"
        reasons |= dict.fromkeys(names, "Needs the schedule 'plateau'.")
    if not any(used("teachers")):
        names = "distillation_share", "distillation_temperature"
        reasons |= dict.fromkeys(names, "Needs teachers.")
    if model not in BACKBONES:
        names = "frozen_epochs", "fine_tuning_rate"
        reasons |= dict.fromkeys(names, "Needs a network that starts from ImageNet.")
    plain = base.model_dump(mode="json")
    if phases:
        each = [phase.get("epochs") for phase in phases]
        total = sum(n for n in each if isinstance(n, int))
        plain["epochs"] = total if 0 < total <= MAX_EPOCHS else plain["epochs"]
    return {name: (plain[name], why) for name, why in reasons.items() if why}


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
        if not error["loc"]:
            found |= _named(message)
            continue
        name, *inner = error["loc"]
        wrong = repr(values.get(str(name)))
        if inner:
            number, *option = inner
            wrong = " ".join(["Phase", str(int(number) + 1), *(f"'{part}'" for part in option)])
        found[str(name)] = f"{wrong} is not valid. {message}"
    return found


def _named(message: str) -> dict[str, str]:
    """The message under the first option that it names, so that it stands beside that."""
    options = [name for name in TrainConfig.model_fields if name in message]
    first = min(options, key=message.index, default="")
    return {first: message if message.startswith(first or " ") else _sentence(message)}


def _field(name: str, entry: dict[str, Any], definitions: dict[str, Any]) -> FormField:
    parts = [entry, *entry.get("anyOf", []), *entry.get("allOf", [])]
    merged: dict[str, Any] = {}
    explained = ""
    for part in parts:
        if reference := part.get("$ref"):
            definition = definitions[reference.rsplit("/", 1)[-1]]
            explained = definition.get("description", "") if "enum" in definition else ""
            merged |= definition
        if part.get("type") != "null":
            merged |= {key: value for key, value in part.items() if key != "$ref"}
    told = [_sentence(entry.get("description", "")), _sentence(explained)]
    help_text = ". ".join(text.rstrip(".") for text in told if text)
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
        help=help_text,
        choices=choices,
        minimum=_bound(merged, "minimum"),
        maximum=_bound(merged, "maximum"),
        above=_bound(merged, "exclusiveMinimum"),
        below=_bound(merged, "exclusiveMaximum"),
    )


def _bound(entry: Mapping[str, Any], name: str) -> float | None:
    return float(entry[name]) if name in entry else None


def _sentence(text: str) -> str:
    words = " ".join(text.replace("`", "").split())
    return words[:1].upper() + words[1:] if words else ""
