"""Which library and precision a training computes with: the fastest that is installed.

Who names one of the two gets it, and the other as it stands; otherwise some steps are timed with
each, once for a machine, configuration and versions (`fer_core.jobs.timed`). A training that is too
short for that to pay is not asked about.
"""

import logging
from dataclasses import dataclass, field
from functools import cache

from fer_core.config import Precision, TrainConfig
from fer_core.errors import JobError
from fer_core.jobs.devices import Probe, installed_gpu
from fer_core.jobs.timed import measure, timed
from fer_core.models.classical.systems import CLASSIC
from fer_core.models.temporal import TEMPORAL
from fer_core.runs.store import Run
from fer_core.training.machine import (
    BACKENDS,
    fixed_backend,
    installed_backends,
    lacks_bfloat16,
    use_backend,
)

SHORT = 100_000
"""Images, counted once an epoch, up to which nothing is timed: minutes of training."""
MARGIN = 1.1
"""How many times as fast as the usual one another has to be; less may be chance."""
_SLOWEST = 8
"""Times as long as for the usual one that an answer is waited for."""


@dataclass(frozen=True)
class Way:
    """What a training computes with."""

    backend: str
    precision: Precision

    def __str__(self) -> str:
        return f"{BACKENDS.get(self.backend, self.backend)} in {self.precision.value}"

    def of(self, config: TrainConfig) -> TrainConfig:
        """`config` in this precision."""
        return config.model_copy(update={"precision": self.precision})


@dataclass(frozen=True)
class Choice:
    """The `way` that a training takes (None: as Keras is set up), `why`, and the steps that were
    timed with each way; `is_open` where they are yet to be timed.
    """

    way: Way | None
    why: str
    steps: dict[Way, Probe] = field(default_factory=dict)
    is_open: bool = False

    @property
    def step(self) -> Probe | None:
        """What a step takes as it was chosen, where that was timed."""
        return None if self.way is None else self.steps.get(self.way)

    def images_per_second(self) -> dict[str, float]:
        """By way, as `TensorFlow in float32`."""
        return {str(way): round(step.images_per_second, 1) for way, step in self.steps.items()}


def choose(
    config: TrainConfig,
    images: int,
    backend: str | None = None,
    *,
    is_named: bool = False,
    ask: bool = True,
) -> Choice:
    """What `config`, with `images` training images an epoch, computes with.

    Args:
        config: to be trained.
        images: of an epoch.
        backend: the library that was named.
        is_named: whether the precision was named, be it the usual one.
        ask: times what is not known yet; otherwise the answer is of what is, and comes at once.
    """
    if config.model == TEMPORAL and backend:
        return Choice(Way(backend, config.precision), "as asked for")
    if config.model in (*CLASSIC, TEMPORAL):
        return Choice(None, "")
    named = _named(config, backend, is_named=is_named)
    ways = [named] if named else _ways()
    if len(ways) > 1 and config.epochs * images <= SHORT:
        return Choice(ways[0], "the training is too short to time others")
    steps: dict[Way, Probe] = {}
    missing = []
    for way in ways:
        try:
            known = timed(way.of(config), way.backend)
        except JobError:  # it was tried before
            continue
        if known is None:
            missing.append(way)
        else:
            steps[way] = known[0]
    if len(ways) == 1:
        return Choice(ways[0], "as asked for" if named else "nothing else is installed", steps)
    if ask:
        steps |= _measured(config, images, missing, steps)
    return _fastest(ways, steps, is_open=bool(missing) and not ask)


def measure_all(config: TrainConfig, backend: str | None = None) -> None:
    """Times steps anew with all that `choose` would choose from.

    Raises:
        JobError: no steps could be timed; says why with the usual library and precision.
    """
    failed = []
    named = _named(config, backend)
    ways = [named] if named else _ways()
    for way in ways:
        try:
            measure(way.of(config), way.backend)
        except JobError as exc:
            failed.append(exc)
    if len(failed) == len(ways):
        raise failed[0]


def use(choice: Choice, config: TrainConfig) -> TrainConfig:
    """Has this process train with what was chosen, and logs it; `config` in its precision."""
    if choice.way is None:
        return config
    use_backend(choice.way.backend)
    logging.getLogger(__name__).info("Trains with %s: %s.", choice.way, choice.why)
    return choice.way.of(config)


def keep(run: Run) -> None:
    """Has this process train a run with the library that began it, so that it ends at the same
    weights; the environment may name another.

    Raises:
        TrainingError: that library is not installed.
    """
    if run.config.backend in BACKENDS and fixed_backend() is None:
        use_backend(run.config.backend)


def _measured(
    config: TrainConfig, images: int, missing: list[Way], known: dict[Way, Probe]
) -> dict[Way, Probe]:
    """Times the missing ways until the rest cannot win what timing it takes."""
    steps: dict[Way, Probe] = {}
    usual = next(iter(known.values()), None)
    for i, way in enumerate(missing):
        if usual is not None:
            left = config.epochs * usual.epoch_seconds(images)
            if left / 2 < usual.took_seconds * (len(missing) - i):  # none is twice as fast
                break
        timeout = None if usual is None else max(60.0, _SLOWEST * usual.took_seconds)
        try:
            steps[way] = measure(way.of(config), way.backend, timeout)
        except JobError:
            continue
        usual = usual or steps[way]
    return steps


def _fastest(ways: list[Way], steps: dict[Way, Probe], *, is_open: bool) -> Choice:
    usual, *_ = ways
    if not steps:
        why = "not timed here yet" if is_open else "no steps could be timed"
        return Choice(usual, why, {}, is_open)
    best = min(steps, key=lambda way: steps[way].step_seconds)
    if usual in steps and steps[usual].step_seconds < MARGIN * steps[best].step_seconds:
        best = usual
    rate = f"{steps[best].images_per_second:,.0f} images a second"
    others = [f"{way} {step.images_per_second:,.0f}" for way, step in steps.items() if way != best]
    return Choice(best, "; ".join([rate, *others]), steps, is_open)


def _named(config: TrainConfig, backend: str | None, *, is_named: bool = False) -> Way | None:
    """The library that is named, here or by the environment, in the precision of `config`; the
    usual library where the precision alone is named, None where neither is.
    """
    library = backend or fixed_backend()
    if library is None and not is_named and not _names_precision(config):
        return None
    return Way(str(library or _usual()), config.precision)


def _ways() -> list[Way]:
    """What is installed, in each precision that this machine computes with, the usual one first."""
    precisions = [Precision.FLOAT32]
    if not lacks_bfloat16("cpu") or _has_gpu():
        precisions.append(Precision.MIXED_BFLOAT16)
    libraries = installed_backends() or [_usual()]
    return [Way(name, precision) for name in libraries for precision in precisions]


def _usual() -> str:
    return next(iter(installed_backends()), "tensorflow")


def _names_precision(config: TrainConfig) -> bool:
    """Whether one is set that differs from the usual one, or a phase has its own."""
    own = any("precision" in phase.model_fields_set for phase in config.phases)
    return own or config.precision is not Precision.FLOAT32


@cache
def _has_gpu() -> bool:
    return installed_gpu() is not None
