"""Detectors for tests: nothing is fetched from the internet."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fer_core import paths
from fer_core.inference import detector, detector_file
from tests.yunet import yunet_or_skip


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Every test begins as a new process with an empty cache and no network."""
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.delenv(paths.DETECTOR_VARIABLE, raising=False)
    monkeypatch.setattr(detector_file, "URL", "http://127.0.0.1:9/nothing")
    monkeypatch.setattr(detector, "_loaded", None)
    monkeypatch.setattr(detector_file, "_failure", None)


@pytest.fixture
def yunet_file() -> Path:
    return yunet_or_skip()


@pytest.fixture
def yunet(yunet_file: Path) -> detector.FaceDetector:
    return detector.yunet_detector(yunet_file)


@pytest.fixture(scope="session")
def astronaut() -> NDArray[np.uint8]:
    """A photograph with one face, (512, 512, 3) BGR."""
    from skimage import data

    return np.ascontiguousarray(data.astronaut()[:, :, ::-1])
