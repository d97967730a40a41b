"""Weights of a trained run as the start of another, to go on from it or to fine-tune it."""

from pathlib import Path
from typing import Any

from fer_core.config import TrainConfig, Validation
from fer_core.errors import RunError
from fer_core.models.transfer import is_transfer
from fer_core.runs.store import Run, get_run
from fer_core.training.teachers import load_served


def find_initial(config: TrainConfig, root: Path) -> Run | None:
    """The run that `config` starts from; None where it starts at random.

    Args:
        config: `initial_run` is the name of a run.
        root: folder of the run folders.

    Raises:
        RunError: there is no such run, it is of another network, or it has learned from what
            is to be validated on.
    """
    if config.initial_run is None:
        return None
    if is_transfer(config):
        raise RunError(
            f"'{config.model}' starts from ImageNet weights. Leave initial_run=null, or use "
            "another network."
        )
    run = get_run(config.initial_run, root)
    if run.config.train.model != config.model:
        raise RunError(
            f"Run '{run.run_id}' is a '{run.config.train.model}' and cannot be the start of a "
            f"'{config.model}'. Set model={run.config.train.model}, or name another run."
        )
    split = run.config.train.validation
    if config.validation not in (split, Validation.NONE):
        raise RunError(
            f"Run '{run.run_id}' was trained with validation={split}: it has learned from "
            f"validation images of the split '{config.validation}'. Set validation={split}."
        )
    return run


def start_from(run: Run, core: Any) -> None:
    """Puts the weights that `run` left into `core`; the optimizer starts anew.

    Args:
        run: done or exported, of the same network.
        core: `Networks.core`.

    Raises:
        RunError: it has no model, or one with other layers.
    """
    served = load_served(run).get_layer(core.name)
    try:
        for layer in core.layers:
            if layer.weights:
                layer.set_weights(served.get_layer(layer.name).get_weights())
    except ValueError as exc:
        raise RunError(
            f"Run '{run.run_id}' holds other layers than '{core.name}' has today. Name another "
            "run in initial_run."
        ) from exc
