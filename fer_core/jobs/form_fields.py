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

from fer_core.config import TrainConfig
from fer_core.errors import ConfigError
from fer_core.jobs.limits import Limits
from fer_core.models.classical.systems import CLASSIC
from fer_core.models.registry import BUILDERS
from fer_core.models.temporal import TEMPORAL

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
        "features_of",
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
    """One option of `TrainConfig`: the values of a CHOICE, or the bounds of a number, of which
    `above` and `below` are not valid themselves.
    """

    name: str
    kind: Kind
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
            is_whole = self.kind is Kind.INTEGER
            comma = "Write it without commas." if is_whole else "Decimals follow a point, as 0.001."
            raise ConfigError(
                f"Enter {self.expected}, {shown}. {comma if ',' in text else ''}".strip()
            )
        return int(value) if self.kind is Kind.INTEGER else value


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
    told = [sentence(entry.get("description", "")), sentence(explained)]
    help_text = ". ".join(text.rstrip(".") for text in told if text)
    kind = {"integer": Kind.INTEGER, "number": Kind.NUMBER, "boolean": Kind.SWITCH}.get(
        merged.get("type", ""), Kind.TEXT
    )
    choices = tuple(merged.get("enum", ()))
    if name == "model":
        choices = (*BUILDERS, *CLASSIC, TEMPORAL)
    if choices:
        kind = Kind.CHOICE
    elif merged.get("type") == "array":
        kind = Kind.JSON if "$ref" in merged["items"] else Kind.NAMES
    return FormField(
        name=name,
        kind=kind,
        help=help_text,
        choices=choices,
        minimum=_bound(merged, "minimum"),
        maximum=_bound(merged, "maximum"),
        above=_bound(merged, "exclusiveMinimum"),
        below=_bound(merged, "exclusiveMaximum"),
    )


def _bound(entry: Mapping[str, Any], name: str) -> float | None:
    return float(entry[name]) if name in entry else None


def sentence(text: str) -> str:
    """`text` in one line, beginning with a capital."""
    words = " ".join(text.replace("`", "").split())
    return words[:1].upper() + words[1:] if words else ""
