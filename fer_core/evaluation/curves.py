"""What a training history tells: smoothed curves, the best epoch, the gap."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

CURVE_COLUMNS = ("epoch", "accuracy", "loss", "val_accuracy", "val_loss")


def smooth(values: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Exponential moving average without the bias of its start.

    Args:
        values: (n,), one an epoch.
        weight: of the past, 0 (as they are) to below 1.
    """
    result = np.empty(len(values))
    average = 0.0
    for i, value in enumerate(values):
        average = weight * average + (1 - weight) * value
        result[i] = average / (1 - weight ** (i + 1))
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
        validation images has no best epoch: None or NaN there.
    """
    rows = []
    for name, history in histories.items():
        if history.empty:
            continue
        last = history.iloc[-1]
        lowest = history.dropna(subset="val_loss").nsmallest(1, "val_loss")
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
        "run",
        "epochs",
        "best_epoch",
        "best_val_accuracy",
        "last_accuracy",
        "last_val_accuracy",
        "gap",
        "lowest_val_loss",
        "lowest_val_loss_epoch",
    ]
    return pd.DataFrame(rows, columns=columns)


def joined(stages: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One history of several that went on from each other, its epochs numbered through.

    Args:
        stages: with the columns of a run's history, the first one trained first.
    """
    whole = pd.concat([stage for stage in stages if len(stage)] or stages, ignore_index=True)
    return whole.assign(epoch=np.arange(1, len(whole) + 1))


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
