"""YuNet's file for tests, which fetch nothing: as `python -m fer_core live fetch` left it."""

from pathlib import Path

import pytest

from fer_core import paths
from fer_core.inference import detector_file

_BESIDE = paths.PROJECT_ROOT.parent / "shared" / "data" / detector_file.FILE_NAME
YUNET = detector_file.find() or _BESIDE
"""Where the app would find it before a test names another cache, else beside the repository."""


def yunet_or_skip() -> Path:
    """Its file; skips the test where there is none."""
    if not YUNET.exists():
        pytest.skip("no face detector YuNet: run `python -m fer_core live fetch`")
    return YUNET
