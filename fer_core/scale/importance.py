"""Which settings of a sweep mattered: functional ANOVA, as Optuna has it (Hutter, Hoos,
Leyton-Brown 2014, "An efficient approach for assessing hyperparameter importance").
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from fer_core.scale.space import Setting, Space
from fer_core.scale.sweep_files import Sweep, Trial

FEWEST_TRIALS = 8
"""Before which nothing is said."""


def importance(
    sweep: Sweep, trials: Iterable[Trial], histories: Mapping[int, pd.DataFrame]
) -> dict[str, float]:
    """Share of the differences in accuracy on validation that goes with each setting, 0-1, in sum
    1; empty where too few trials have come so far, or all are equal.

    Trials are compared after the same number of epochs, that of `sweep.grace`, which every trial
    reaches that did not fail.
    """
    import optuna

    study = _study()
    for trial in trials:
        history = histories.get(trial.number)
        if history is None or len(history) < sweep.grace:
            continue
        study.add_trial(
            optuna.trial.create_trial(
                params=dict(trial.values),
                distributions=distributions(sweep.space),
                value=float(history["val_accuracy"].iloc[sweep.grace - 1]),
            )
        )
    values = [trial.value for trial in study.trials]
    if len(values) < FEWEST_TRIALS or len(set(values)) == 1:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {name: round(float(share), 4) for name, share in found.items()}


def distributions(space: Space) -> dict[str, Any]:
    """The space as Optuna writes one."""
    return {setting.name: _distribution(setting) for setting in space}


def _distribution(setting: Setting) -> Any:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if setting.choices:
        return CategoricalDistribution(setting.choices)
    if setting.is_whole:
        whole = int(setting.low), int(setting.high)
        return IntDistribution(*whole, log=setting.log, step=int(setting.step or 1))
    return FloatDistribution(setting.low, setting.high, log=setting.log, step=setting.step)


def _study() -> Any:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(direction="maximize")
