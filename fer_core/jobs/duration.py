"""How long a training would take, and how that is known: from steps timed on this machine, from
a stored measurement, or from the run that this repository has of the same preset.
"""

from dataclasses import dataclass
from pathlib import Path

from fer_core.config import TrainConfig
from fer_core.errors import JobError, RunError
from fer_core.jobs.base import DataSource
from fer_core.jobs.fastest import choose
from fer_core.jobs.offers import offers
from fer_core.jobs.pace import training_images
from fer_core.jobs.timed import step_key, timed
from fer_core.models.registry import get_preset
from fer_core.reference import training_times
from fer_core.runs.store import get_run

_ALIKE = 0.02
"""Share by which the numbers of images of two trainings may differ and their times compare."""


@dataclass(frozen=True)
class Expected:
    """Seconds that a training takes, about; and where that is from, to follow the figure."""

    seconds: float
    source: str


def expected(config: TrainConfig, data: DataSource, root: Path) -> Expected | None:
    """How long `config` takes on those images; None where nothing is known of it.

    Args:
        config: to be trained.
        data: to be trained on.
        root: the runs folder, in which a run of the same preset is looked for.
    """
    if (found := _from_steps(config, data)) is not None:
        return found
    first = offers()[0]
    if data is first.data and config == first.config:
        stored = training_times.first_try()
        return Expected(stored.seconds, f"measured on {stored.machine}")
    if data is DataSource.FER2013:
        return _as_before(config, root)
    return None


def _from_steps(config: TrainConfig, data: DataSource) -> Expected | None:
    """With what it would be trained with, as far as that is known."""
    images = training_images(config, data)
    way = choose(config, images, ask=False).way
    try:
        kept = timed(way.of(config), way.backend) if way is not None else None
    except JobError:
        return None
    if kept is None:
        return None
    step, day = kept
    seconds = config.epochs * step.epoch_seconds(images)
    return Expected(seconds, f"from steps timed on this machine, {day}")


def _as_before(config: TrainConfig, root: Path) -> Expected | None:
    """What the run named as the preset took, where a step of `config` is one of the preset's."""
    if _step(config) != _step(get_preset(config.preset).config):
        return None
    try:
        run = get_run(config.preset, root)
    except RunError:
        return None
    history = run.history()
    if run.config.train.model != config.model or run.config.synthetic or history.empty:
        return None
    each = float(history["seconds"].sum()) / len(history)
    device, before = run.config.device.upper(), run.config.counts.get("train", 0)
    source = f"as the run '{run.run_id}' took, on a {device}"
    share = training_images(config, DataSource.FER2013) / before if before else 1.0
    if abs(share - 1) > _ALIKE:
        each *= share
        source = f"estimated from the run '{run.run_id}', {before:,} images on a {device}"
    return Expected(config.epochs * each, source)


def _step(config: TrainConfig) -> str:
    return step_key(config, "tensorflow")
