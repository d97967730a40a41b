"""Opens the files of `artifacts/reference`."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from fer_core import paths


def folder() -> Path:
    """The folder, for what is written to it or has a reader of its own (`fer_core.quality`)."""
    return paths.reference_dir()


@cache
def read_json(name: str) -> dict[str, Any]:
    """A file's content, kept in memory: copy what you change."""
    content: dict[str, Any] = json.loads((folder() / name).read_text(encoding="utf-8"))
    return content


@cache
def read_csv(name: str) -> pd.DataFrame:
    """A table, kept in memory: copy what you change."""
    return pd.read_csv(folder() / name)
