"""What a form of `fer_core.jobs.form_fields` holds: read, validated, and told beside each field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from fer_core.config import MAX_EPOCHS, TrainConfig
from fer_core.errors import ConfigError, JobError
from fer_core.jobs.form_fields import HIDDEN, form_fields, sentence
from fer_core.jobs.limits import Limits
from fer_core.models import temporal
from fer_core.models.classical.systems import CLASSIC
from fer_core.models.transfer import BACKBONES


@dataclass(frozen=True)
class Checked:
    """What a form holds: the configuration, None where something is wrong; a sentence for each
    field at fault, under an empty name where it concerns none in particular; and the values of
    those that have no use beside the others, with the reason.
    """

    config: TrainConfig | None
    problems: dict[str, str]
    idle: dict[str, tuple[Any, str]]


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
    from fer_core.training.create import check_system

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
        check_system(config)
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
    if model == temporal.TEMPORAL:
        plain = TrainConfig().model_dump(mode="json")
        why = "It reads the features of another run's network."
        kept = (*temporal.USED_FIELDS, *HIDDEN)
        return {n: (v, why) for n, v in plain.items() if n not in kept}

    def used(name: str) -> list[Any]:
        return [values.get(name), *(phase[name] for phase in phases if name in phase)]

    reasons = {
        "focal_gamma": "" if "focal" in used("loss") else "Needs the loss 'focal'.",
        "ferplus_share": "" if "ferplus" in used("labels") else "Needs the labels 'ferplus'.",
        "features_of": f"Needs the model '{temporal.TEMPORAL}'.",
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
    return {first: message if message.startswith(first or " ") else sentence(message)}
