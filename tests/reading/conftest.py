"""A photograph, the committed models, and no network: YuNet where its file is, else the cascade."""

import cv2
import numpy as np
import pytest
from skimage import data

from fer_core.inference import detector
from fer_core.reading import loaded
from tests.yunet import YUNET


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    found = detector.yunet_detector(YUNET) if YUNET.exists() else detector.haar_detector()
    monkeypatch.setattr(loaded, "load_detector", lambda: found)
    monkeypatch.setattr(loaded, "_loaded", {})


@pytest.fixture(scope="session")
def photo():
    """A photograph with one happy face, uint8 (256, 256, 3), RGB."""
    return cv2.resize(data.astronaut(), (256, 256), interpolation=cv2.INTER_AREA)


@pytest.fixture
def photo_file(photo, tmp_path):
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), np.ascontiguousarray(photo[..., ::-1]))
    return path
