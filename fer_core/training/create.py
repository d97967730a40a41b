"""A run's folder before training: made for a new run, found for one to be resumed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.data.exclusion import ExcludeList, leave_out
from fer_core.data.fer2013 import Dataset
from fer_core.data.kept_changes import keep_list, keep_review
from fer_core.data.label_review import Decision, Review
from fer_core.data.reviewed_labels import apply_review
from fer_core.errors import ConfigError, RunError
from fer_core.models.classical.systems import CLASSIC
from fer_core.models.registry import build_network, check_model
from fer_core.models.temporal import check_config, is_temporal
from fer_core.runs.records import TemporalFacts
from fer_core.runs.store import (
    Run,
    RunConfig,
    State,
    Status,
    check_name_free,
    get_run,
    utc_now,
)
from fer_core.training import checkpoint
from fer_core.training.machine import describe_backend, load_backend, versions
from fer_core.training.other_runs import find_features, find_initial, find_teachers
from fer_core.training.parts import split_parts
from fer_core.training.recording import alone
from fer_core.training.targets import check_labels, check_review

_CLASSIC_PACKAGES = ("numpy", "scipy", "scikit-image", "scikit-learn")


def create_run(
    config: TrainConfig,
    dataset: Dataset,
    run_id: str,
    root: Path | None = None,
    *,
    excluded: ExcludeList | None = None,
    review: Review | None = None,
    reserved: bool = False,
    images_per_second: dict[str, float] | None = None,
) -> Run:
    """Makes the run folder of a run, network or classical system, that has not started.

    `config.json` is written last: a folder that has it is complete.

    The training images in `excluded` are left out; labels of training and validation images are
    those of the `review`. A `reserved` folder is there already and waits
    for this run's configuration. `images_per_second` are those of steps that were timed before.

    Raises:
        RunError: the name is not valid or taken, or a run that `config` names does not serve.
        ConfigError: there is no such model, or a setting has no effect on it.
        DataError: the images or the list do not suit the split.
    """
    folder = (paths.runs_dir() if root is None else root) / run_id
    check_name_free(folder, reserved=reserved)
    counts: dict[str, int] = {}
    if excluded is not None:
        config = config.model_copy(update={"exclude_list": excluded.sha256})
        rest = leave_out(dataset, config, excluded)
        counts = {"excluded": len(dataset.train) - len(rest.train)}
        dataset = rest
    elif config.exclude_list is not None:
        raise ConfigError("exclude_list follows from the list. Give it as --exclude-list FILE.")
    if review is not None:
        config = config.model_copy(update={"label_review": review.sha256})
        dataset, before = apply_review(dataset, config, review), dataset
        counts["review_excluded"] = len(before.train) - len(dataset.train)
        counts["review_relabelled"] = _relabelled(before, review)
    elif config.label_review is not None:
        raise ConfigError("label_review follows from the file. Give it as --label-review FILE.")
    check_sources(config, dataset, folder.parent, review)
    made = _facts(config, folder, dataset)
    run = Run(
        folder,
        RunConfig(
            run_id=run_id,
            train=config,
            data_fingerprint=dataset.fingerprint,
            synthetic=dataset.synthetic,
            counts=split_parts(dataset, config).counts() | counts,
            started=utc_now(),
            images_per_second=images_per_second or {},
            **made,
        ),
    )
    with making(run, reserved=reserved):
        if excluded is not None:
            keep_list(folder, excluded)
        if review is not None:
            keep_review(folder, review)
        run.write_config()
        run.write_status(Status(state=State.QUEUED, epochs=config.epochs))
    return run


def check_system(config: TrainConfig) -> None:
    """Whether there is such a model, and its settings have an effect on it.

    Raises:
        ConfigError: names the model or each setting, and what is valid.
    """
    if is_temporal(config):
        check_config(config)
    elif config.model in CLASSIC:
        from fer_core.training import classical

        classical.check_config(config)
    else:
        check_model(config)


def check_sources(
    config: TrainConfig, dataset: Dataset, root: Path, review: Review | None = None
) -> None:
    """Whether the model is known, and the runs in `root` that a network of `config` learns from,
    and FER+'s votes, suit these images and the label review.

    Raises:
        RunError: one of the runs is not there or does not serve.
        ConfigError: as `check_system` says, or the votes are of other images, or undo the review.
    """
    check_system(config)
    check_labels(config, dataset.fingerprint)
    if review is not None:
        check_review(config, dataset, review)
    if config.model not in CLASSIC:
        find_initial(config, root, dataset)
        find_teachers(config, root, dataset)


@contextmanager
def making(run: Run, *, reserved: bool = False) -> Iterator[None]:
    """Keeps a second process from making the same run meanwhile.

    Raises:
        RunError: it has been made, since its name was looked for.
    """
    run.folder.mkdir(parents=True, exist_ok=True)
    with alone(run):
        check_name_free(run.folder, reserved=reserved)
        yield


def resume_run(run_id: str, dataset: Dataset, root: Path | None = None) -> Run:
    """The run to continue, checked against the data.

    Raises:
        RunError: there is no such run, its data set was another one, or as `check_resumable`.
    """
    run = get_run(run_id, root)
    check_resumable(run)
    if run.config.data_fingerprint != dataset.fingerprint:
        raise RunError(
            f"Run '{run_id}' was started on other images than those that are here now. "
            "Restore the data set it was started on, or start a new run."
        )
    return run


def check_resumable(run: Run) -> None:
    """Raises `RunError` where a run is done, or has epochs behind it and no checkpoint."""
    if run.config.finished is not None:  # whatever became of its status
        raise RunError(f"Run '{run.run_id}' is done; there is nothing to resume.")
    is_network = run.config.train.model not in CLASSIC
    if is_network and len(run.history()) and not checkpoint.exists(run.checkpoint_path):
        raise RunError(
            f"The checkpoint of run '{run.run_id}' is not in its folder; a packed run comes "
            "without it. Resume it where it was trained, or start a new run."
        )


def _relabelled(dataset: Dataset, review: Review) -> int:
    """Training and validation images that get another label."""
    rulings = (review.rulings.get(path) for path in dataset.train.paths.tolist())
    return sum(r is not None and r.decision is Decision.RELABEL for r in rulings)


def _facts(config: TrainConfig, folder: Path, dataset: Dataset) -> dict[str, Any]:
    """What `RunConfig` says of what is trained, and of the machine."""
    if is_temporal(config):
        return temporal_facts(config, folder, dataset.fingerprint)
    if config.model in CLASSIC:
        return _classic_facts()
    return _network_facts(config)


def temporal_facts(
    config: TrainConfig, folder: Path, fingerprint: str | None = None
) -> dict[str, Any]:
    """What `RunConfig` says of a recurrent network, once the run whose features it reads was
    checked (`find_features`).
    """
    check_config(config)
    load_backend()
    network = find_features(config, folder.parent, fingerprint)
    backend, device = describe_backend()
    return {
        "temporal": TemporalFacts(
            features_of=(network.run_id,), stamps={network.run_id: network.model_stamp()}
        ),
        # Known when the network is built: it is as wide as the other one's features.
        "parameters": {"total": 0, "non_trainable": 0},
        "versions": versions(),
        "backend": backend,
        "device": device,
    }


def _network_facts(config: TrainConfig) -> dict[str, Any]:
    """What `RunConfig` says of a network and the machine."""
    load_backend()
    core = build_network(config)
    trainable = sum(int(np.prod(weight.shape)) for weight in core.trainable_weights)
    backend, device = describe_backend()
    return {
        "parameters": {
            "total": core.count_params(),
            "non_trainable": core.count_params() - trainable,
        },
        "versions": versions(),
        "backend": backend,
        "device": device,
    }


def _classic_facts() -> dict[str, Any]:
    return {
        # Known when the estimator is fitted: the trees of a forest grow with the data.
        "parameters": {"total": 0, "non_trainable": 0},
        "versions": versions(_CLASSIC_PACKAGES),
        "backend": "scikit-learn",
        "device": "cpu",
    }
