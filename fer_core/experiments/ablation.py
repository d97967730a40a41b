"""The ablation: the report's network with each training technique alone, then with all of them.

Every variant is a run of its own with the same budget of epochs and the same seed; a
variant that is finished is not trained again, and one that was stopped is continued.

    python -m fer_core ablation --epochs 6 --set precision=mixed_bfloat16
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fer_core.classes import WEAK_CLASSES
from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset
from fer_core.evaluation.metrics import evaluate
from fer_core.evaluation.subsets import view_test
from fer_core.experiments.single import Observe, run_to_end
from fer_core.reference import published
from fer_core.runs.store import Run

COLUMNS = (
    *("variant", "changes", "common", "epochs", "accuracy", "low", "high", "macro_f1"),
    *(*published.WEAK_SCORES, "train_validation_gap", "validation_swing"),
    *("seconds", "backend", "device"),
)
_SWING_EPOCHS = 3


@dataclass(frozen=True)
class Variant:
    """One or several training techniques: what they are called and what they change."""

    name: str
    changes: dict[str, Any]


_TECHNIQUES = (
    Variant("class weights", {"class_weights": True}),
    Variant("focal loss", {"loss": "focal"}),
    Variant("label smoothing", {"label_smoothing": 0.1}),
    Variant("augmentation", {"augmentation": "strong"}),
    Variant("mixup", {"mixup": 0.2}),
    Variant("more dropout", {"dropout": 0.3}),
    Variant("weight decay", {"weight_decay": 0.05}),
    Variant("cosine schedule", {"schedule": "cosine", "warmup_epochs": 1}),
    Variant("averaged weights", {"weight_average": 0.998}),
    Variant("best epoch kept", {"keep_best": True}),
)

VARIANTS = (
    Variant("baseline", {}),
    *_TECHNIQUES,
    Variant(
        "all together",
        {key: value for technique in _TECHNIQUES for key, value in technique.changes.items()},
    ),
)


def variant_config(
    variant: Variant, epochs: int, common: dict[str, Any] | None = None
) -> TrainConfig:
    """The report's configuration with the variant's changes, for a budget of `epochs`.

    All variants share the changes `common`, as another precision; the variant's own win.

    Raises:
        ConfigError: there is no such setting, or the value is not possible.
    """
    return TrainConfig.parse({**(common or {}), "epochs": epochs, **variant.changes})


def run_variant(
    variant: Variant,
    epochs: int,
    dataset: Dataset,
    root: Path,
    observe: Observe,
    common: dict[str, Any] | None = None,
) -> Run:
    """Trains one variant to its end, or continues where it was stopped, in a run folder in `root`.

    `observe` makes the observer of a run; the rest as `variant_config`, and raises as `run_to_end`.
    """
    run_id = f"{variant.name.replace(' ', '-')}-{epochs}"
    config = variant_config(variant, epochs, common)
    return run_to_end(config, run_id, dataset, root, observe)


def summarize_variant(
    variant: Variant, run: Run, common: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A row with `COLUMNS`: figures on all test images, shares 0-1.

    `train_validation_gap` is training accuracy minus validation accuracy in the epoch
    that was exported; training accuracy is measured on the images as augmented.
    `validation_swing` is the range of validation accuracy over the last three epochs: how
    much the moment at which training ends decides, which the interval does not cover.
    """
    view = view_test(run.predictions(), data_fingerprint=run.config.data_fingerprint)
    figures = evaluate(view.predictions, view.groups)
    history = run.history().set_index("epoch")
    exported = history.loc[run.config.exported_epoch]
    last = history["val_accuracy"].tail(_SWING_EPOCHS)
    of_class = figures.per_class.set_index("class")
    return {
        "variant": variant.name,
        "changes": _in_words(variant.changes),
        "common": _in_words(common or {}),
        "epochs": run.config.train.epochs,
        "accuracy": round(figures.accuracy, 4),
        "low": round(figures.accuracy_interval[0], 4),
        "high": round(figures.accuracy_interval[1], 4),
        "macro_f1": round(figures.macro_f1, 4),
        **{
            f"{score}_{name}": round(float(of_class.loc[name, score]), 4)
            for name in WEAK_CLASSES
            for score in ("recall", "precision")
        },
        "train_validation_gap": round(float(exported["accuracy"] - exported["val_accuracy"]), 4),
        "validation_swing": round(float(last.max() - last.min()), 4),
        "seconds": round(float(history["seconds"].sum()), 1),
        "backend": run.config.backend,
        "device": run.config.device,
    }


def to_table(rows: list[dict[str, Any]], before: pd.DataFrame | None = None) -> pd.DataFrame:
    """The rows of `summarize_variant` as a frame with `COLUMNS`, in the order of `VARIANTS`.

    Of a table from `before` the other variants stay where they had the same budget and the same
    common changes.
    """
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    if before is not None and len(before) and len(table):
        same = ["epochs", "common"]
        kept = before[(before[same] == table.loc[0, same]).all(axis=1)]
        kept = kept[~kept["variant"].isin(table["variant"])]
        table = pd.concat([kept, table])[list(COLUMNS)]
    order = [variant.name for variant in VARIANTS]
    place = table["variant"].map(order.index)
    return table.iloc[place.argsort(kind="stable")].reset_index(drop=True)


def _in_words(changes: dict[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in changes.items())
