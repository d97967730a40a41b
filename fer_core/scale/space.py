"""The search space of a sweep: which settings of a run are tried, read from a TOML file.

    learning_rate = {low = 0.01, high = 0.3, log = true}
    dropout = {low = 0.0, high = 0.5, step = 0.1}
    augmentation = ["medium", "strong"]

A line is a field of `fer_core.config.TrainConfig`: a range of numbers, evenly or (`log`)
logarithmically searched, or a list of choices. Everything is checked before anything starts.
"""

import difflib
import math
import tomllib
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from fer_core.config import TrainConfig
from fer_core.errors import ConfigError
from fer_core.models.classical.systems import CLASSIC
from fer_core.models.registry import BUILDERS, get_preset
from fer_core.models.temporal import TEMPORAL
from fer_core.models.transfer import BACKBONES

Value = bool | int | float | str

EXAMPLE = "learning_rate = {low = 0.01, high = 0.3, log = true}"
NOT_SEARCHED = {
    "preset": "is named by --preset",
    "epochs": "is the same for every trial, so that they can be compared: set --epochs",
    "phases": "is left out of trials, which have one phase of --epochs",
    "validation": "decides which images choose the best trial, so it is one for all: use --set",
    "exclude_list": "is not searched; train the best one with --exclude-list",
    "label_review": "is not searched; train the best one with --label-review",
    "teachers": "names other runs, which trials do not learn from",
    "features_of": "is of the preset temporal, which is not searched",
    "initial_run": "names another run, which trials do not start from",
    "distillation_share": "needs teachers, which trials do not have",
    "distillation_temperature": "needs teachers, which trials do not have",
}
"""Fields that a space may not name, with the reason."""
_NEEDS = {
    "plateau_factor": ("schedule", ("plateau",)),
    "plateau_patience": ("schedule", ("plateau",)),
    "focal_gamma": ("loss", ("focal",)),
    "ferplus_share": ("labels", ("ferplus",)),
    "frozen_epochs": ("model", tuple(BACKBONES)),
    "fine_tuning_rate": ("model", tuple(BACKBONES)),
}
"""Fields that change nothing unless another one has one of some values."""
_RANGE_KEYS = ("low", "high", "log", "step")


class Setting(BaseModel):
    """One setting and what is tried of it: `choices`, or numbers from `low` to `high` (both
    included), in steps of `step` where one is given, on a logarithmic scale where `log`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    choices: tuple[Value, ...] = ()
    low: int | float = 0
    high: int | float = 0
    step: int | float | None = None
    log: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether its numbers are whole."""
        return TrainConfig.model_fields[self.name].annotation is int

    def tidy(self, value: Value) -> Value:
        """The value with six digits, as it is trained and shown: 0.3, not 0.30000000000000004."""
        if self.choices or not isinstance(value, float):
            return value
        return min(max(float(f"{value:.6g}"), self.low), self.high)


Space = tuple[Setting, ...]


def trial_config(
    preset: str, changes: Mapping[str, Any], epochs: int, values: Mapping[str, Any] | None = None
) -> TrainConfig:
    """The configuration of a trial: the preset with `changes` and the trial's `values`, in one
    phase of `epochs`.

    Raises:
        ConfigError: it is not possible, is of a classical system, or learns from other runs.
    """
    whole = get_preset(preset).config.model_dump(mode="json") | dict(changes)
    config = TrainConfig.parse(whole | {"phases": (), "epochs": epochs} | dict(values or {}))
    if config.model in CLASSIC:
        raise ConfigError(
            f"'{config.model}' is no network: it chooses its setting itself on validation images, "
            "and has no epochs. Use the preset of a network, as tiny."
        )
    if config.model == TEMPORAL:
        raise ConfigError(f"'{TEMPORAL}' reads what another run sees. Use another preset, as tiny.")
    if config.model not in BUILDERS:
        raise ConfigError(f"There is no model '{config.model}'. Models: {', '.join(_networks())}.")
    if config.teachers or config.initial_run is not None:
        raise ConfigError("Trials learn from no other runs. Omit teachers and initial_run.")
    return config


def full_config(preset: str, changes: Mapping[str, Any], values: Mapping[str, Any]) -> TrainConfig:
    """The preset's whole training, its phases included, with `changes` and a trial's `values`.

    A later phase that sets one of them itself keeps its own.
    """
    whole = get_preset(preset).config.model_dump(mode="json") | dict(changes)
    if "phases" in changes:
        whole.pop("epochs", None)
    return TrainConfig.parse(whole | dict(values))


def read_space(path: Path, base: TrainConfig) -> Space:
    """Reads a space and checks every bound and choice of it beside the other settings of `base`.

    Raises:
        ConfigError: the file cannot be read, or a line a problem: the field, what is wrong and
            what is valid.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # as Notepad writes it
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path} is no text. Name a TOML file of settings.") from exc
    except OSError as exc:
        why = "is not there" if isinstance(exc, FileNotFoundError) else "cannot be read"
        raise ConfigError(f"{path} {why}. Name a TOML file of settings by --space.") from exc
    try:
        lines = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{path} is not TOML: {exc}. Write a setting a line: {EXAMPLE}") from exc
    if not lines:
        raise ConfigError(f"{path} names no setting. Write a setting a line: {EXAMPLE}")
    found, problems = [], []
    for name, given in lines.items():
        try:
            found.append(_setting(name, given, base))
            _check_needed(name, lines, base)
        except ConfigError as exc:
            problems.append(str(exc))
    if problems:
        raise ConfigError("\n".join(problems))
    return tuple(found)


def _setting(name: str, given: Any, base: TrainConfig) -> Setting:
    if name not in TrainConfig.model_fields:
        near = difflib.get_close_matches(name, _searched(), 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ConfigError(f"'{name}' is no setting.{hint} Valid: {', '.join(_searched())}.")
    if name in NOT_SEARCHED:
        raise ConfigError(f"'{name}' {NOT_SEARCHED[name]}.")
    if isinstance(given, list):
        return _choices(name, given, base)
    if isinstance(given, dict):
        return _range(name, given, base)
    raise ConfigError(
        f"'{name}' = {given!r} is one value. Give a list of choices or a range, as {EXAMPLE}; "
        f"for one value use --set {name}={_text(given)}."
    )


def _check_needed(name: str, lines: Mapping[str, Any], base: TrainConfig) -> None:
    """Refuses a setting that would change nothing beside the others."""
    other, values = _NEEDS.get(name, ("", ()))
    if not other:
        return
    tried = lines.get(other, [])
    tried = tried if isinstance(tried, list) else []
    if not set(values) & {getattr(base, other), *map(str, tried)}:
        raise ConfigError(
            f"'{name}' changes nothing: {other} is {getattr(base, other)}. Use "
            f"--set {other}={values[0]}, or let the space try {other} too; possible: "
            f"{', '.join(values)}."
        )


def _choices(name: str, given: list[Any], base: TrainConfig) -> Setting:
    values = tuple(dict.fromkeys(_checked(name, value, base) for value in given))
    if len(values) < 2:
        raise ConfigError(
            f"'{name}' has {len(values)} choice{'' if len(values) == 1 else 's'}. Give two or "
            f"more that differ, or use --set {name}=VALUE."
        )
    return Setting(name=name, choices=values)


def _range(name: str, given: dict[str, Any], base: TrainConfig) -> Setting:
    field = TrainConfig.model_fields[name].annotation
    if field not in (int, float):
        raise ConfigError(f"'{name}' is no number. Give a list of its choices: {_possible(name)}.")
    if unknown := [key for key in given if key not in _RANGE_KEYS]:
        raise ConfigError(f"'{name}' has the key '{unknown[0]}'. Valid: {', '.join(_RANGE_KEYS)}.")
    for key in ("low", "high", *(["step"] if "step" in given else [])):
        _check_number(name, key, given.get(key))
    low, high, step, log = given["low"], given["high"], given.get("step"), given.get("log", False)
    if not isinstance(log, bool):
        raise ConfigError(f"'{name}': log = {log!r} is not valid. Write true or false.")
    if low >= high:
        raise ConfigError(
            f"'{name}': low = {low} is not below high = {high}. For one value use "
            f"--set {name}={low}."
        )
    if log and low <= 0:
        raise ConfigError(
            f"'{name}': a logarithmic range begins above 0, not at low = {low}. Raise low, or "
            "omit log."
        )
    if step is not None and (log or not 0 < step <= high - low):
        why = "does not go with log" if log else f"is not above 0 and at most {high - low:g}"
        raise ConfigError(f"'{name}': step = {step} {why}. Omit it, or correct it.")
    for bound in (low, high):
        _checked(name, bound, base)
    return Setting(name=name, low=low, high=high, step=step, log=log)


def _check_number(name: str, key: str, value: Any) -> None:
    whole = TrainConfig.model_fields[name].annotation is int
    if not _is_number(value, whole=whole):
        kind = "a whole number" if whole else "a number"
        shown = "is missing" if value is None else f"= {value!r} is not {kind}"
        raise ConfigError(f"'{name}': {key} {shown}. Write it as {name} = {{low = 1, high = 2}}.")


def _checked(name: str, value: Any, base: TrainConfig) -> Value:
    """The value as the configuration has it; raises where it refuses it."""
    field = TrainConfig.model_fields[name].annotation
    if isinstance(value, list | dict) or (field is str and not isinstance(value, str)):
        raise ConfigError(f"'{name}': {value!r} is no choice. Valid: {_possible(name)}.")
    if field in (int, float) and not _is_number(value, whole=field is int):
        what = "a whole number" if field is int else "a number"
        raise ConfigError(f"'{name}': {value!r} is not {what}.")
    if field is bool and not isinstance(value, bool):
        raise ConfigError(f"'{name}': {value!r} is not valid. Write true or false.")
    if name == "model" and value not in _networks():
        raise ConfigError(f"'{name}': there is no network '{value}'. Valid: {_possible(name)}.")
    parsed = TrainConfig.parse(base.model_dump(mode="json") | {name: value})
    checked: Value = parsed.model_dump(mode="json")[name]
    return checked


def _is_number(value: Any, *, whole: bool) -> bool:
    kinds = int if whole else int | float
    return isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value)


def _possible(name: str) -> str:
    field = TrainConfig.model_fields[name].annotation
    if name == "model":
        return ", ".join(_networks())
    if isinstance(field, type) and issubclass(field, Enum):
        return ", ".join(str(choice.value) for choice in field)
    return "true, false" if field is bool else "a list of values"


def _networks() -> list[str]:
    return list(BUILDERS)


def _searched() -> list[str]:
    return [name for name in TrainConfig.model_fields if name not in NOT_SEARCHED]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
