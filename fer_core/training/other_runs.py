"""Runs that another learns from: their weights as its start, their answers as its teachers, their
features as what it reads.

Each has to hold out the same images as the run itself: from any other it would learn of the
images that it is validated on.
"""

from pathlib import Path
from typing import Any

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset
from fer_core.errors import RunError
from fer_core.models.transfer import is_transfer
from fer_core.runs.store import Run, get_run
from fer_core.training.networks import as_core


def find_initial(config: TrainConfig, root: Path, dataset: Dataset | None = None) -> Run | None:
    """The run in `root` that `config` starts from; None where it starts at random.

    `dataset` is as in `find_source`.

    Raises:
        RunError: there is no such run, it has no Keras model, is of another network, or was
            trained on images that are to be validated on.
    """
    if config.initial_run is None:
        return None
    if is_transfer(config):
        raise RunError(
            f"'{config.model}' starts from ImageNet weights. Leave initial_run=null, or use "
            "another network."
        )
    run = find_source(config.initial_run, config, root, dataset)
    if run.config.train.model != config.model:
        raise RunError(
            f"Run '{run.run_id}' is a '{run.config.train.model}' and cannot be the start of a "
            f"'{config.model}'. Set model={run.config.train.model}, or name another run."
        )
    return run


def find_teachers(config: TrainConfig, root: Path, dataset: Dataset | None = None) -> list[Run]:
    """The teachers of all phases of `config`, each once; `dataset` is as in `find_source`.

    Raises:
        RunError: as `find_source` says.
    """
    return [find_source(name, config, root, dataset) for name in config.all_teachers()]


def find_features(config: TrainConfig, root: Path, fingerprint: str | None = None) -> Run:
    """The run in `root` whose network's features a recurrent network of `config` reads; it was
    trained on the images of `fingerprint` where that is given.

    Raises:
        RunError: there is no such run, it is not finished or gives no features, or it learned
            from other images or from images that are to be validated on.
    """
    from fer_core.inference.classifier import Classifier  # which other machines are not sent

    name = config.features_of or ""
    try:
        run = get_run(name, root)
    except RunError as exc:
        raise RunError(
            f"The features of each frame come from the run '{name}', which is not here. Train it "
            f"first (python -m fer_core train --preset {name}), or name another run: "
            "--set features_of=RUN_ID."
        ) from exc
    if not Classifier(run).has_features:
        raise RunError(
            f"The model of run '{name}' gives no features: its network does not end in global "
            "average pooling. Name a run of `compact` or `tiny`: --set features_of=RUN_ID."
        )
    if run.config.finished is None:
        raise RunError(
            f"Run '{name}' is not finished, so its network still changes. Finish it first (python "
            f"-m fer_core train --resume {name}), or name another run: --set features_of=RUN_ID."
        )
    _check_split(run, config)
    if fingerprint is not None and run.config.data_fingerprint != fingerprint:
        raise RunError(
            f"Run '{name}' was trained on other images than those that are here now. Name a run "
            "that was trained on these: --set features_of=RUN_ID."
        )
    return run


def start_from(run: Run, core: Any) -> None:
    """Puts the weights that `run`, of the same network, left into `core`.

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


def load_teachers(config: TrainConfig, root: Path) -> list[Any]:
    """The teachers of a phase, in the form of `Networks.core` and the phase's `precision`.

    Raises:
        RunError: as `find_source` says, or a model cannot be read.
    """
    return [
        as_core(load_served(find_source(name, config, root)), f"teacher{number}", config.precision)
        for number, name in enumerate(config.teachers, start=1)
    ]


def load_served(run: Run) -> Any:
    """The keras.Model that a run has left, uint8 (n, 48, 48, 1) in, probabilities first.

    Raises:
        RunError: its model.keras cannot be read.
    """
    import keras

    try:
        return keras.models.load_model(run.keras_path, compile=False)
    except (OSError, ValueError, TypeError) as exc:
        raise RunError(f"The model.keras of run '{run.run_id}' cannot be read.") from exc


def find_source(name: str, config: TrainConfig, root: Path, dataset: Dataset | None = None) -> Run:
    """The run `name` in `root` or among the app's runs, if a run of `config` on `dataset`, where
    that is known, may learn from it.

    Other images are dealt anew into those trained on and those held out; drawn faces and
    photographs have none in common.

    Raises:
        RunError: there is none, it has no Keras model, or it was trained on images that
            `config` validates on.
    """
    run = get_run(name, root if (root / name).is_dir() else paths.runs_dir())
    _check_split(run, config)
    if not run.keras_path.exists():
        raise RunError(
            f"Run '{name}' has no model.keras to learn from, which a training writes at its end. "
            "Name another run."
        )
    if (
        dataset is not None
        and run.config.data_fingerprint != dataset.fingerprint
        and run.config.synthetic == dataset.synthetic
    ):
        raise RunError(
            f"Run '{name}' was trained on other images than those that are here now, so it may "
            "have learned from validation images. Name a run that was trained on these in teachers "
            "or initial_run, or none. Where phases name it, set phases=[] or change them."
        )
    return run


def _check_split(run: Run, config: TrainConfig) -> None:
    split = run.config.train.validation
    if split is not config.validation:
        raise RunError(
            f"Run '{run.run_id}' was trained with validation={split}: it has learned from "
            f"validation images of the split '{config.validation}'. Set validation={split}, or "
            "name another run."
        )
