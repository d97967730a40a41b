"""The validated run that a run on all training images takes its calibration from."""

from pathlib import Path

from fer_core.config import TrainConfig, Validation
from fer_core.errors import RunError
from fer_core.runs.store import Run, get_run


def find_twin(config: TrainConfig, root: Path) -> Run | None:
    """The validated run that a run on all training images takes its calibration from.

    Raises:
        RunError: `config` needs one and it is not named, not there or has no predictions.
    """
    if config.validation is not Validation.NONE:
        return None
    if config.twin is None:
        raise RunError(
            "A run on all training images has nothing to calibrate on. Name the run that was "
            "validated with the same settings, as in `--set twin=compact-validated`."
        )
    twin = get_run(config.twin, root)
    if not len(twin.predictions().subset("validation")):
        raise RunError(f"Run '{config.twin}' cannot be the twin: it has no validation images.")
    return twin
