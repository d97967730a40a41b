"""What leads a sweep on the cluster: Ray Tune with Optuna's TPE sampler and ASHA.

TPE: Bergstra et al. 2011, "Algorithms for hyper-parameter optimization". ASHA: Li et al. 2020,
arXiv:1810.05934: after `grace` epochs, three times as many, nine times ..., the better third of
the trials goes on. Called in the child of `fer_core.scale.cluster`.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fer_core.data import fer2013
from fer_core.data.fer2013 import Dataset
from fer_core.errors import ScaleError
from fer_core.scale.importance import distributions
from fer_core.scale.on_cluster import (
    MOST_LOSSES,
    check_room,
    check_shared,
    explain,
    in_memory,
    prepare,
    variables,
)
from fer_core.scale.sweep_files import SweepFolder, get_sweep
from fer_core.scale.trial import train_trial
from fer_core.scale.trial_log import TrialLog

REDUCTION = 3
"""One in so many trials goes on from one rung of ASHA to the next."""
_METRIC = "val_accuracy"

log: TrialLog
"""Of the one sweep that this process leads. Ray pickles callbacks, which then find it here."""


def drive(request: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Runs the sweep `name` in `root` to its end, or on from where it was left.

    Raises:
        ScaleError: a machine does not see the sweep's folder, or none has the cores or GPUs.
    """
    global log
    folder = get_sweep(request["name"], Path(request["root"]))
    data_dir = request["data_dir"]
    cpus, gpus = int(request["cpus"]), float(request["gpus"])
    check_room(cpus, gpus)
    check_shared(folder.folder)
    dataset = in_memory(fer2013.load(Path(data_dir) if data_dir else None))
    log = TrialLog(folder, lambda trial: tell({"trial": trial.model_dump(mode="json")}))
    _fit(folder, dataset, cpus, gpus)
    log.look_at_settings(at_once=True)
    return {}


def _fit(folder: SweepFolder, dataset: Dataset, cpus: int, gpus: float) -> None:
    import ray
    from ray import tune
    from ray.tune.schedulers import ASHAScheduler
    from ray.tune.search.optuna import OptunaSearch

    os.environ["TUNE_DISABLE_AUTO_CALLBACK_LOGGERS"] = "1"
    os.environ["TUNE_GLOBAL_CHECKPOINT_S"] = "5"
    own = variables(cpus)

    def trial(values: dict[str, Any], dataset: Dataset) -> None:
        prepare(own)
        number = int(tune.get_context().get_trial_name())
        train_trial(folder, number, values, dataset, tune.report)

    resources = {"cpu": cpus, "gpu": gpus}
    trainable = tune.with_resources(tune.with_parameters(trial, dataset=dataset), resources)
    sweep, kept = folder.sweep, str(folder.folder / "tune")
    if tune.Tuner.can_restore(kept):
        tuner = tune.Tuner.restore(kept, trainable, resume_errored=True)
    else:
        space = distributions(sweep.space)
        tuner = tune.Tuner(
            trainable,
            tune_config=tune.TuneConfig(
                metric=_METRIC,
                mode="max",
                num_samples=sweep.trials,
                search_alg=OptunaSearch(space, metric=_METRIC, mode="max", seed=sweep.seed),
                scheduler=ASHAScheduler(
                    time_attr="epoch",
                    max_t=sweep.epochs,
                    grace_period=sweep.grace,
                    reduction_factor=REDUCTION,
                ),
                trial_name_creator=_number_as_text,
                trial_dirname_creator=_number_as_text,
            ),
            run_config=tune.RunConfig(
                name="tune",
                storage_path=str(folder.folder),
                failure_config=tune.FailureConfig(max_failures=MOST_LOSSES),
                callbacks=[_callback()],
                verbose=0,
            ),
        )
    try:
        tuner.fit()
    except ray.exceptions.RayError as exc:
        raise ScaleError(f"The sweep ended early: {str(exc).splitlines()[0]}") from exc


def number_of(trial: Any) -> int:
    """The number of a trial of Ray's, from 1: the head of its tag, as `7_dropout=0.3`."""
    return int(trial.experiment_tag.split("_")[0])


def _number_as_text(trial: Any) -> str:
    return str(number_of(trial))


def _callback() -> Any:
    """Ray's callback that keeps the log."""
    from ray import tune

    class Told(tune.Callback):  # type: ignore[misc]
        def on_trial_start(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
            _log().begin(number_of(trial), dict(trial.config))

        def on_trial_result(
            self, iteration: int, trials: Any, trial: Any, result: Any, **info: Any
        ) -> None:
            _log().step(number_of(trial), result)

        def on_trial_complete(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
            _log().end(number_of(trial), trial.last_result or {})

        def on_trial_recover(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
            _log().lose(number_of(trial))

        def on_trial_error(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
            _log().lose(number_of(trial), explain(str(trial.get_error() or "")))

    return Told()


def _log() -> TrialLog:
    from fer_core.scale import sweep_driver

    return sweep_driver.log
