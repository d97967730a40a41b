"""One run of an experiment from its start, or from where it was left, to its figures."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset
from fer_core.errors import RunError
from fer_core.export.finish import finish
from fer_core.runs.store import Run, get_run
from fer_core.training import loop
from fer_core.training.create import create_run
from fer_core.training.loop import Observer

Observe = Callable[[Run], AbstractContextManager[Observer]]
"""Makes the observer of a run."""


def run_to_end(
    config: TrainConfig, run_id: str, dataset: Dataset, root: Path, observe: Observe
) -> Run:
    """Trains a run in `root` to its end and measures it; what is done is not done again.

    Raises:
        RunError: a run of this name has another configuration or was trained on other images.
        KeyboardInterrupt: stopped; calling again continues.
    """
    run = begun_run(config, run_id, dataset, root)
    if run.config.finished is not None:
        return run
    with observe(run) as observer:
        loop.train(run, dataset, observer, pretrained=loop.first_weights(run))
    finish(run, dataset)
    return get_run(run_id, root)


def begun_run(config: TrainConfig, run_id: str, dataset: Dataset, root: Path) -> Run:
    """The run of this name in `root`, created where there is none.

    Raises:
        RunError: a run of this name has another configuration or was trained on other images.
    """
    if not (root / run_id / "config.json").exists():
        return create_run(config, dataset, run_id, root)
    run = get_run(run_id, root)
    other = ""
    if run.config.train != config:
        other = "of another configuration"
    elif run.config.data_fingerprint != dataset.fingerprint:
        other = "on other images"
    if other:
        raise RunError(f"{run.folder} holds a run {other}. Move it away to train '{run_id}' again.")
    return run
