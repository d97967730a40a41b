"""What a training history tells: smoothed curves, the best epoch, the gap."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.config import Loss, TrainConfig

CURVE_COLUMNS = ("epoch", "accuracy", "loss", "val_accuracy", "val_loss")
CROSS_ENTROPY = "cross-entropy"
_RISE = 0.05
"""By how much of its lowest value a loss that ends higher is said to rise again."""


def smooth(values: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Exponential moving average without the bias of its start; gaps (NaN) stay gaps. `weight` is
    that of the past, 0 (values as they are) to below 1.
    """
    result = np.empty(len(values))
    average, seen = 0.0, 0
    for i, value in enumerate(values):
        if not np.isfinite(value):
            result[i] = value
            continue
        seen += 1
        average = weight * average + (1 - weight) * value
        result[i] = average / (1 - weight**seen)
    return result


def best_epoch(history: pd.DataFrame) -> int | None:
    """The epoch of the highest validation accuracy, the first of equals; None without one."""
    validated = history.dropna(subset="val_accuracy")
    if validated.empty:
        return None
    return int(validated["epoch"][validated["val_accuracy"].idxmax()])


def summary(histories: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a history: what it reached and how far training and validation parted.

    Returns:
        Columns run, epochs, best_epoch, best_val_accuracy, last_accuracy,
        last_val_accuracy, gap (last_accuracy - last_val_accuracy), lowest_val_loss,
        lowest_val_loss_epoch; histories without an epoch are left out. A run without
        validation images has no best epoch: None or NaN there. Where a history has `new_loss`,
        only losses that measure the same as the last one compete for the lowest.
    """
    rows = []
    for name, history in histories.items():
        if history.empty:
            continue
        last = history.iloc[-1]
        lowest = stretches(history)[-1].dropna(subset="val_loss").nsmallest(1, "val_loss")
        best = best_epoch(history)
        rows.append(
            {
                "run": name,
                "epochs": len(history),
                "best_epoch": best,
                "best_val_accuracy": float(history["val_accuracy"].max()),
                "last_accuracy": float(last["accuracy"]),
                "last_val_accuracy": float(last["val_accuracy"]),
                "gap": float(last["accuracy"] - last["val_accuracy"]),
                "lowest_val_loss": float(lowest["val_loss"].min()),
                "lowest_val_loss_epoch": int(lowest["epoch"].iloc[0]) if len(lowest) else None,
            }
        )
    columns = [
        *("run", "epochs", "best_epoch", "best_val_accuracy", "last_accuracy"),
        *("last_val_accuracy", "gap", "lowest_val_loss", "lowest_val_loss_epoch"),
    ]
    return pd.DataFrame(rows, columns=columns)


def loss_kind(config: TrainConfig) -> str:
    """What the validation loss of a run of one phase is, in words; losses of one kind compare.

    Validation images are not mixed and their targets are their labels, not smoothed, whatever is
    trained on.
    """
    focal = config.loss is Loss.FOCAL
    parts = [f"focal loss, gamma {config.focal_gamma:g}" if focal else CROSS_ENTROPY]
    if config.class_weights:
        parts.append("weighted by class")
    if config.teachers:
        share, temperature = config.distillation_share, config.distillation_temperature
        names = " and ".join(sorted(config.teachers))
        parts.append(f"{100 * share:.0f} % from {names}, T = {temperature:g}")
    return ", ".join(parts)


def with_new_losses(history: pd.DataFrame, config: TrainConfig) -> pd.DataFrame:
    """The history with the `loss_kind` of each epoch's validation loss; and with a column
    `new_loss`: whether an epoch is the first of a phase whose validation loss is of another kind
    than that of the phase before, as with other teachers.
    """
    kinds = dict(enumerate(map(loss_kind, config.by_phase()), start=1))
    other = [number for number in kinds if number > 1 and kinds[number] != kinds[number - 1]]
    begins = history["phase"].diff().gt(0)
    return history.assign(
        new_loss=begins & history["phase"].isin(other),
        loss_kind=history["phase"].map(kinds).fillna(kinds[len(kinds)]).astype(str),
    )


def loss_kinds(histories: Mapping[str, pd.DataFrame]) -> list[str]:
    """Every `loss_kind` of these histories once, in their order."""
    return list(dict.fromkeys(kind for each in histories.values() for kind in _kinds(each)))


def losses_of_kind(histories: Mapping[str, pd.DataFrame], kind: str) -> dict[str, pd.DataFrame]:
    """The histories that have losses of one kind; their other losses are NaN."""
    found = {}
    for name, history in histories.items():
        if (is_kind := _kinds(history) == kind).any():
            losses = history[["loss", "val_loss"]].where(is_kind, np.nan)
            found[name] = history.assign(**losses)
    return found


def rises_from(history: pd.DataFrame) -> tuple[int, float] | None:
    """Where validation loss begins to rise again, as it does where a network overfits.

    Returns:
        The epoch of the lowest loss, and by how much the median of the last three lies above
        that, as a share of it; None where that is under 5 %, or there is no loss.
    """
    losses = history["val_loss"].to_numpy(float)
    known = np.flatnonzero(np.isfinite(losses))
    if not len(known):
        return None
    lowest = known[np.argmin(losses[known])]
    last = float(np.median(losses[known[-3:]]))
    rise = last / max(losses[lowest], 1e-12) - 1
    return (int(history["epoch"].iloc[lowest]), float(rise)) if rise >= _RISE else None


def stretches(history: pd.DataFrame) -> list[pd.DataFrame]:
    """The epochs, cut where losses begin to measure something else."""
    if "new_loss" not in history:
        return [history]
    return [part for _, part in history.groupby(history["new_loss"].cumsum())] or [history]


def _kinds(history: pd.DataFrame) -> pd.Series:
    """The kind of each epoch's loss; that of a published history is cross-entropy."""
    if "loss_kind" in history:
        return history["loss_kind"]
    return pd.Series(CROSS_ENTROPY, index=history.index)


def with_gap(history: pd.DataFrame) -> pd.DataFrame:
    """The history with a column `gap`: training minus validation accuracy, 0-1; and with
    `learning_rate` and `seconds` (NaN) where it was recorded without them.
    """
    gap = history["accuracy"] - history["val_accuracy"]
    missing = {name: np.nan for name in ("learning_rate", "seconds") if name not in history}
    return history.assign(gap=gap, **missing)


def remaining_seconds(history: pd.DataFrame, epochs: int) -> float:
    """Seconds until all `epochs` are done, by the median of the last five; NaN without one."""
    left = max(epochs - len(history), 0)
    return left * float(history["seconds"].tail(5).median()) if len(history) else float("nan")


def long_table(histories: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Every epoch of every history with a first column `run`, for download."""
    parts = [
        history[list(CURVE_COLUMNS)].assign(run=name)
        for name, history in histories.items()
        if not history.empty
    ]
    if not parts:
        return pd.DataFrame(columns=["run", *CURVE_COLUMNS])
    return pd.concat(parts, ignore_index=True)[["run", *CURVE_COLUMNS]]
