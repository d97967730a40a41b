"""Runs side by side: a table to find one in, and what their settings differ in."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from fer_core.config import TrainConfig
from fer_core.formats import MISSING, setting_text
from fer_core.runs.status import SILENCE
from fer_core.runs.store import Predictions, Run, RunConfig, State, Status, utc_now

COLUMNS = (
    *("run", "preset", "state", "epoch", "epochs", "val_accuracy", "test_accuracy"),
    *("parameters", "seconds", "started"),
)
_TRAIN = "train."
_LEFT_OUT = ("run_id", "class_names")


def is_going(status: Status, now: datetime | None = None) -> bool:
    """Whether a run is being trained: its heartbeat is recent at `now` (UTC)."""
    if status.state not in (State.RUNNING, State.STOPPING) or status.heartbeat is None:
        return False
    return (utc_now() if now is None else now) - status.heartbeat < SILENCE


def run_table(
    runs: Iterable[Run],
    histories: Mapping[str, pd.DataFrame],
    predictions: Mapping[str, Predictions],
) -> pd.DataFrame:
    """One row a run, in the order of `runs`; histories and predictions are by the run's name, and
    a run without predictions may be missing there.

    Returns:
        `COLUMNS`: accuracies 0-1 of the exported model (`val_accuracy` as `validation_accuracy`
        has it; NaN where unknown), `epoch` finished of `epochs`, `seconds` of training (NaN where
        not recorded), `started` UTC.
    """
    rows = []
    for run in runs:
        history, status = histories[run.run_id], run.status()
        found = predictions.get(run.run_id)
        rows.append(
            {
                "run": run.run_id,
                "preset": run.config.train.preset,
                "state": str(status.state),
                "epoch": status.epoch,
                "epochs": run.config.train.epochs,
                "val_accuracy": validation_accuracy(history, found),
                "test_accuracy": accuracy(found.subset("test")) if found else float("nan"),
                "parameters": run.config.parameters.get("total", 0),
                "seconds": float(history["seconds"].sum(min_count=1)),
                "started": run.config.started,
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def validation_accuracy(history: pd.DataFrame, predictions: Predictions | None) -> float:
    """A run's one accuracy on validation images, 0-1: the exported model's, as it is served;
    of the best epoch so far where there is no such model yet, NaN where there is neither.

    The two differ: weights may be averaged after the last epoch, and a model need not be the
    best epoch's.
    """
    exported = accuracy(predictions.subset("validation")) if predictions else float("nan")
    return float(history["val_accuracy"].max()) if exported != exported else exported


def why_no_curve(run: Run, history: pd.DataFrame) -> str:
    """Why a run has no training curve, in words; empty where it has one."""
    config = run.config
    if config.members:
        return f"average of {len(config.members)} runs"
    if config.quantized_from:
        return f"int8 of {config.quantized_from}"
    if len(history) > 1 or (len(history) == 1 and config.train.epochs > 1):
        return ""
    if history["learning_rate"].notna().any():
        return "trained for a single epoch"
    return "fitted at once" if run.status().state is State.DONE else "no epoch ended yet"


def best_first(runs: Iterable[Run], accuracies: Mapping[str, float]) -> list[Run]:
    """The runs by their accuracy (0-1, by name) on test images, the highest first; then those
    without one, and last those on drawn faces, whose figures are no one's. Equal ones stay in
    their order.
    """

    def place(run: Run) -> tuple[bool, float]:
        found = accuracies[run.run_id]
        return run.config.synthetic, -found if found == found else 0.0

    return sorted(runs, key=place)


def compare_settings(
    configs: Mapping[str, RunConfig], *, only_different: bool = True
) -> pd.DataFrame:
    """What runs were made from, side by side; without what is the same in all of them where
    `only_different`.

    Returns:
        One row a setting: `setting`, a column of texts a run, `meaning`. A setting that a
        run does not have is a dash.
    """
    flat = {name: _flatten(config.model_dump(mode="json")) for name, config in configs.items()}
    settings = list(dict.fromkeys(key for values in flat.values() for key in values))
    rows = []
    for setting in settings:
        values = [values.get(setting, MISSING) for values in flat.values()]
        if only_different and len(set(values)) == 1:
            continue
        row = dict(zip(flat, values, strict=True))
        rows.append({"setting": setting.removeprefix(_TRAIN), **row, "meaning": _meaning(setting)})
    return pd.DataFrame(rows, columns=["setting", *flat, "meaning"])


def accuracy(predictions: Predictions) -> float:
    """Share of right answers; NaN without an image."""
    if not len(predictions):
        return float("nan")
    return float((predictions.y_pred == predictions.y_true).mean())


def _flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested values as texts by dotted names."""
    flat: dict[str, str] = {}
    for key, value in values.items():
        if prefix + key in _LEFT_OUT:
            continue
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = setting_text(value)
    return flat


def _meaning(setting: str) -> str:
    of_train = setting.startswith(_TRAIN)
    fields = TrainConfig.model_fields if of_train else RunConfig.model_fields
    field = fields.get(setting.removeprefix(_TRAIN).split(".")[0])
    text = (field.description or "").replace("`", "") if field else ""
    return text[:1].upper() + text[1:]
