"""Training steps that were timed on this machine, kept in the cache folder: how long one takes by
configuration, precision and the library that Keras computes with.
"""

import hashlib
import json
import logging
import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.errors import JobError
from fer_core.files import write_text
from fer_core.jobs.devices import Probe, probe
from fer_core.training.machine import versions

_FILE = "training_steps.json"
"""In the cache folder."""
_NO_MATTER = {"preset", "epochs", "phases", "seed", "exclude_list", "initial_run", "teachers"}
"""Settings that a timed step does not depend on; it is one of the first phase, without teachers."""


def measure(config: TrainConfig, backend: str, timeout: float | None = None) -> Probe:
    """Times some steps of `config` and keeps the answer, or why none came in `timeout` seconds.

    Raises:
        JobError: as `devices.probe`.
    """
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    try:
        found = probe(config, backend, timeout=timeout)
    except JobError as exc:
        _keep(config, backend, {"failed": str(exc), "measured": today})
        raise
    _keep(config, backend, asdict(found) | {"measured": today})
    return found


def timed(config: TrainConfig, backend: str) -> tuple[Probe, str] | None:
    """What `measure` found, and the day (UTC, as 2026-11-30); None where nothing did.

    Raises:
        JobError: `measure` raised it, with the same machine and versions.
    """
    kept = _all_kept().get(step_key(config, backend))
    if not isinstance(kept, dict):
        return None
    if "failed" in kept:
        raise JobError(str(kept["failed"]))
    try:
        values = [float(kept[name]) for name in ("step_seconds", "memory_mb", "took_seconds")]
        return Probe(values[0], values[1], int(kept["batch_size"]), values[2]), kept["measured"]
    except (KeyError, TypeError, ValueError):
        return None


def step_key(config: TrainConfig, backend: str) -> str:
    """The same for configurations a step of which takes the same time here."""
    machine = f"{platform.node()} {platform.machine()} {os.cpu_count()}"
    software = versions(("keras", backend))
    first = config.by_phase()[0].model_dump_json(exclude=_NO_MATTER)
    return hashlib.sha256(f"{machine} {backend} {software} {first}".encode()).hexdigest()[:16]


def _keep(config: TrainConfig, backend: str, values: dict[str, Any]) -> None:
    file = _file()
    kept = _all_kept() | {step_key(config, backend): values}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_text(file, json.dumps(kept, indent=1) + "\n")
    except OSError as exc:
        logging.getLogger(__name__).warning("Timed steps are not kept for later: %s.", exc.strerror)


def _file() -> Path:
    return paths.cache_dir() / _FILE


def _all_kept() -> dict[str, Any]:
    try:
        found = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
