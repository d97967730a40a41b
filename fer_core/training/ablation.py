"""The ablation: the report's network with each remedy alone, then with all of them.

Every variant is a run of its own with the same budget of epochs and the same seed; a
variant that is finished is not trained again, and one that was stopped goes on.

    python -m fer_core ablation --epochs 15
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset
from fer_core.errors import RunError
from fer_core.evaluation.report import evaluate
from fer_core.runs.store import Run, State, get_run
from fer_core.training import trainer
from fer_core.training.export import finish
from fer_core.training.trainer import Observer

COLUMNS = (
    *("variant", "changes", "epochs", "accuracy", "low", "high", "macro_f1"),
    *("recall_disgusted", "train_validation_gap", "seconds", "backend", "device"),
)


@dataclass(frozen=True)
class Variant:
    """One or several remedies: what they are called and what they change."""

    name: str
    changes: dict[str, Any]


_REMEDIES = (
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
    *_REMEDIES,
    Variant(
        "all together",
        {key: value for remedy in _REMEDIES for key, value in remedy.changes.items()},
    ),
)


def variant_config(variant: Variant, epochs: int, seed: int = 0) -> TrainConfig:
    """The report's configuration with the variant's changes, for `epochs` epochs."""
    return TrainConfig.parse({"epochs": epochs, "seed": seed, **variant.changes})


def run_variant(
    variant: Variant,
    epochs: int,
    dataset: Dataset,
    root: Path,
    observe: Callable[[Run], AbstractContextManager[Observer]],
) -> Run:
    """Trains one variant to its end, or goes on where it was stopped.

    Args:
        variant: of `VARIANTS`.
        epochs: budget, the same for all.
        dataset: images.
        root: folder for the run folders of the ablation.
        observe: makes the observer of a run.

    Raises:
        RunError: a run of this name has another configuration.
        KeyboardInterrupt: stopped; calling again goes on.
    """
    run_id = f"{variant.name.replace(' ', '-')}-{epochs}"
    config = variant_config(variant, epochs)
    if not (root / run_id / "config.json").exists():
        run = trainer.create_run(config, dataset, run_id, root)
    else:
        run = get_run(run_id, root)
        if run.config.train != config:
            raise RunError(
                f"{run.folder} holds a run of another configuration. Move it away to train "
                f"'{variant.name}' anew."
            )
    if run.status().state is State.DONE:
        return run
    with observe(run) as observer:
        trainer.train(run, dataset, observer)
    finish(run, dataset)
    return get_run(run_id, root)


def summarize_variant(variant: Variant, run: Run) -> dict[str, Any]:
    """A row with `COLUMNS`: figures on all test images, shares 0-1.

    `train_validation_gap` is training accuracy minus validation accuracy in the epoch
    that was exported; training accuracy is measured on the images as augmented.
    """
    figures = evaluate(run.predictions().subset("test"))
    history = run.history().set_index("epoch")
    exported = history.loc[run.config.exported_epoch]
    recalls = figures.per_class.set_index("class")["recall"]
    return {
        "variant": variant.name,
        "changes": ", ".join(f"{key}={value}" for key, value in variant.changes.items()),
        "epochs": run.config.train.epochs,
        "accuracy": round(figures.accuracy, 4),
        "low": round(figures.accuracy_interval[0], 4),
        "high": round(figures.accuracy_interval[1], 4),
        "macro_f1": round(figures.macro_f1, 4),
        "recall_disgusted": round(float(recalls["disgusted"]), 4),
        "train_validation_gap": round(float(exported["accuracy"] - exported["val_accuracy"]), 4),
        "seconds": round(float(history["seconds"].sum()), 1),
        "backend": run.config.backend,
        "device": run.config.device,
    }


def to_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The rows of `summarize_variant` as a frame with `COLUMNS`."""
    return pd.DataFrame(rows, columns=list(COLUMNS))
