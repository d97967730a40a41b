"""How long a training would take, and how that is known: from steps timed on this machine, from
a stored measurement, or from the run that this repository has of the same preset.
"""

import hashlib
import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.errors import RunError
from fer_core.files import write_text
from fer_core.jobs.base import DataSource
from fer_core.jobs.devices import Probe, probe
from fer_core.jobs.offers import offers
from fer_core.jobs.pace import training_images
from fer_core.models.classical.systems import CLASSIC
from fer_core.models.registry import get_preset
from fer_core.reference import training_times
from fer_core.runs.store import get_run

_FILE = "training_steps.json"
"""In the cache folder: what `measure` found, by configuration and machine."""
_NO_MATTER = {"preset", "epochs", "phases", "seed", "exclude_list", "initial_run", "teachers"}
"""Settings that a timed step does not depend on; it is one of the first phase, without teachers."""


@dataclass(frozen=True)
class Expected:
    """Seconds that a training takes, about; and where that is from, to follow the figure."""

    seconds: float
    source: str


def measure(config: TrainConfig) -> Probe:
    """Times some steps of `config` here and keeps the answer for `expected`.

    Raises:
        JobError: as `devices.probe`.
    """
    found = probe(config)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    kept = _kept() | {_key(config): asdict(found) | {"measured": today}}
    _file().parent.mkdir(parents=True, exist_ok=True)
    write_text(_file(), json.dumps(kept, indent=1) + "\n")
    return found


def expected(config: TrainConfig, data: DataSource, root: Path) -> Expected | None:
    """How long `config` takes on those images; None where nothing is known of it.

    Args:
        config: to be trained.
        data: to be trained on.
        root: the runs folder, in which a run of the same preset is looked for.
    """
    if (timed := _timed(config, data)) is not None:
        return timed
    first = offers()[0]
    if data is first.data and config == first.config:
        stored = training_times.first_try()
        return Expected(stored.seconds, f"measured on {stored.machine}")
    if data is DataSource.FER2013:
        return _as_before(config, root)
    return None


def _timed(config: TrainConfig, data: DataSource) -> Expected | None:
    kept = _kept().get(_key(config))
    if kept is None or config.model in CLASSIC:
        return None
    step = Probe(kept["step_seconds"], kept["memory_mb"], kept["batch_size"])
    seconds = config.epochs * step.epoch_seconds(training_images(config, data))
    return Expected(seconds, f"from steps timed on this machine, {kept['measured']}")


def _as_before(config: TrainConfig, root: Path) -> Expected | None:
    """What the run named as the preset took, where a step of `config` is one of the preset's."""
    if _key(config) != _key(get_preset(config.preset).config):
        return None
    try:
        run = get_run(config.preset, root)
    except RunError:
        return None
    history = run.history()
    if run.config.train.model != config.model or run.config.synthetic or history.empty:
        return None
    each = float(history["seconds"].sum()) / len(history)
    device = run.config.device.upper()
    return Expected(config.epochs * each, f"as the run '{run.run_id}' took, on a {device}")


def _key(config: TrainConfig) -> str:
    first = config.by_phase()[0].model_dump_json(exclude=_NO_MATTER)
    return hashlib.sha256(f"{_machine()} {first}".encode()).hexdigest()[:16]


def _machine() -> str:
    return f"{platform.node()} {platform.machine()} {os.cpu_count()}"


def _file() -> Path:
    return paths.cache_dir() / _FILE


def _kept() -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
