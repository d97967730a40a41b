"""A sweep's folder as one leaves it, without a cluster."""

from pathlib import Path
from typing import Any

import numpy as np

from fer_core.runs.store import Run, RunConfig, State, Status, utc_now, write_status
from fer_core.scale.space import Setting
from fer_core.scale.sweep_files import Sweep, SweepFolder, Trial, TrialState, create_sweep

SPACE = (
    Setting(name="learning_rate", low=0.01, high=0.3, log=True),
    Setting(name="dropout", low=0.0, high=0.5, step=0.1),
    Setting(name="augmentation", choices=("none", "medium", "strong")),
)
EPOCHS = 9


def a_sweep(**changes: Any) -> Sweep:
    values: dict[str, Any] = {
        "name": "try",
        "preset": "tiny",
        "space": SPACE,
        "trials": 12,
        "epochs": EPOCHS,
        "grace": 1,
        "data_fingerprint": "0" * 64,
    }
    return Sweep.model_validate(values | changes)


def make_sweep(root: Path, state: State = State.DONE, **changes: Any) -> SweepFolder:
    """Twelve trials of which the tenth is best, every third stopped early and the fourth failed."""
    folder = create_sweep(a_sweep(**changes), root)
    rng = np.random.default_rng(0)
    trials = []
    for number in range(1, 13):
        values = {
            "learning_rate": round(float(10 ** rng.uniform(-2, -0.6)), 4),
            "dropout": round(0.1 * int(rng.integers(0, 6)), 1),
            "augmentation": ("none", "medium", "strong")[int(rng.integers(0, 3))],
        }
        trials.append(_trial(folder, number, values))
    folder.write_trials(trials)
    folder.write_importance({"learning_rate": 0.62, "augmentation": 0.27, "dropout": 0.11})
    write_status(folder.folder, Status(state=state, epoch=len(trials), epochs=12))
    return folder


def _trial(folder: SweepFolder, number: int, values: dict[str, Any]) -> Trial:
    if number == 4:
        reason = "The loss is no longer a number in epoch 1. Use a lower learning rate."
        return Trial(number=number, state=TrialState.FAILED, values=values, reason=reason)
    epochs = EPOCHS if number % 3 else 3
    top = 0.6 if number == 10 else 0.4 + 0.01 * number
    accuracy = [round(top * (1 - 0.5**epoch), 4) for epoch in range(1, epochs + 1)]
    run = Run(
        folder.trials_dir / folder.sweep.run_id(number),
        RunConfig(
            run_id=folder.sweep.run_id(number),
            train=folder.sweep.trial_config(values),
            data_fingerprint="0" * 64,
            counts={"train": 420, "validation": 140, "test": 140},
            parameters={"total": 16128, "non_trainable": 0},
            versions={},
            backend="tensorflow",
            device="cpu",
            started=utc_now(),
        ),
    )
    run.write_config()
    run.write_history(
        [
            {
                "epoch": epoch,
                "accuracy": value,
                "loss": 2 / epoch,
                "val_accuracy": value,
                "val_loss": 2 / epoch,
                "learning_rate": 0.1,
                "seconds": 12.5,
            }
            for epoch, value in enumerate(accuracy, 1)
        ]
    )
    return Trial(
        number=number,
        state=TrialState.DONE if number % 3 else TrialState.STOPPED_EARLY,
        values=values,
        epoch=epochs,
        val_accuracy=accuracy[-1],
        seconds=12.5 * epochs,
        host="node-1",
    )
