"""Trained runs as teachers: frozen networks whose answers another network learns."""

from pathlib import Path
from typing import Any

from fer_core.config import TrainConfig
from fer_core.errors import RunError
from fer_core.runs.store import get_run
from fer_core.training.networks import as_core


def load_teachers(config: TrainConfig, root: Path) -> list[Any]:
    """The teachers that `config` names, in the form of `Networks.core`.

    Args:
        config: `teachers` are names of runs.
        root: folder of the run folders.

    Raises:
        RunError: there is no such run, it has no model.keras, or that cannot be read.
    """
    return [_load(name, root, number) for number, name in enumerate(config.teachers, start=1)]


def _load(run_id: str, root: Path, number: int) -> Any:
    import keras

    run = get_run(run_id, root)
    if not run.keras_path.exists():
        raise RunError(
            f"Run '{run_id}' cannot teach: it has no model.keras. Train it here, or name "
            "another run in `teachers`."
        )
    try:
        served = keras.models.load_model(run.keras_path, compile=False)
    except (OSError, ValueError, TypeError) as exc:
        raise RunError(f"The model.keras of run '{run_id}' cannot be read.") from exc
    return as_core(served, name=f"teacher{number}")
