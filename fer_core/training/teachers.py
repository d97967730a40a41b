"""Trained runs as teachers: frozen networks whose answers another network learns."""

from pathlib import Path
from typing import Any

from fer_core.config import TrainConfig
from fer_core.errors import RunError
from fer_core.runs.store import Run, get_run
from fer_core.training.networks import as_core


def load_teachers(config: TrainConfig, root: Path) -> list[Any]:
    """The teachers that `config` names, in the form of `Networks.core`.

    Args:
        config: `teachers` are names of runs; they answer in the student's `precision`.
        root: folder of the run folders.

    Raises:
        RunError: there is no such run, it has no model.keras, or that cannot be read.
    """
    return [
        as_core(load_served(get_run(name, root)), f"teacher{number}", config.precision)
        for number, name in enumerate(config.teachers, start=1)
    ]


def load_served(run: Run) -> Any:
    """The keras.Model that a run has left, uint8 (n, 48, 48, 1) in, probabilities first.

    Raises:
        RunError: it has no model.keras, or that cannot be read.
    """
    import keras

    check_served(run)
    try:
        return keras.models.load_model(run.keras_path, compile=False)
    except (OSError, ValueError, TypeError) as exc:
        raise RunError(f"The model.keras of run '{run.run_id}' cannot be read.") from exc


def check_served(run: Run) -> None:
    """Raises `RunError` where `run` has left no Keras model."""
    if not run.keras_path.exists():
        raise RunError(
            f"Run '{run.run_id}' has no model.keras to learn from. Train it here, or name "
            "another run."
        )
