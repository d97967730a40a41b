"""Where things lie on disk, and the environment variables that move them.

| variable | default | holds |
|---|---|---|
| `FER_DATA_DIR` | `data/emotion-detection-fer` | the unpacked data set: `train/<class>/*.png`, `test/<class>/*.png` |
| `FER_CACHE_DIR` | `.cache` | decoded arrays and the face detector; safe to delete |
| `FER_RUNS_DIR` | `artifacts/runs` | one folder a training run |
"""

import os
from pathlib import Path

DATA_DIR_VARIABLE = "FER_DATA_DIR"
CACHE_DIR_VARIABLE = "FER_CACHE_DIR"
RUNS_DIR_VARIABLE = "FER_RUNS_DIR"

PROJECT_ROOT = Path(__file__).resolve().parent.parent


def data_dir() -> Path:
    """Folder of the unpacked data set (it need not exist)."""
    return _from_environment(DATA_DIR_VARIABLE, PROJECT_ROOT / "data" / "emotion-detection-fer")


def cache_dir() -> Path:
    """Folder for files that can be made or fetched again (it need not exist)."""
    return _from_environment(CACHE_DIR_VARIABLE, PROJECT_ROOT / ".cache")


def runs_dir() -> Path:
    """Folder that holds one folder a run (it need not exist)."""
    return _from_environment(RUNS_DIR_VARIABLE, PROJECT_ROOT / "artifacts" / "runs")


def reference_dir() -> Path:
    """Folder of published figures, part of the repository."""
    return PROJECT_ROOT / "artifacts" / "reference"


def _from_environment(variable: str, default: Path) -> Path:
    value = os.environ.get(variable, "").strip()
    return Path(value).expanduser().resolve() if value else default
